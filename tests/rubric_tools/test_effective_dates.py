"""A call is scored by the form valid on its day, and old scorecards keep theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trial_world as tw

from qa_pipeline import bootstrap
from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.errors import InputError
from qa_pipeline.rules.rubric import Rubric

FIRST = tw.form(1, dates="effective_from: 2026-01-01")
SECOND = tw.form(2, polite="麻烦您", dates="effective_from: 2026-03-01")
LAST_MOMENT, FIRST_MOMENT = "2026-02-28T15:59:59", "2026-02-28T16:00"
"""Of February and of March in Shanghai."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tw.World]:
    made = tw.World(tmp_path)
    yield made
    made.store.close()


def in_folder(world: tw.World, *forms: Rubric) -> tuple[Rubric, ...]:
    """The forms as files of a centre's own folder, loaded as a run loads them."""
    place = world.folder / "rubrics"
    place.mkdir(exist_ok=True)
    for form in forms:
        (place / f"small_v{form.version}.yaml").write_text(form.content, encoding="utf-8")
    return bootstrap.rubrics(world.settings.model_copy(update={"rubrics_dir": place}))


def versions(world: tw.World, forms: tuple[Rubric, ...], **days: str | None) -> dict[str, int | str | None]:
    results = world.score(forms, *((name, "good", tw.info(day=day)) for name, day in days.items()))
    return {r.call_id: r.scorecard.rubric_version if r.scorecard else r.code for r in results}


def test_each_call_gets_the_form_of_its_day(world: tw.World) -> None:
    forms = in_folder(world, FIRST, SECOND)
    assert len(forms) == 2
    assert versions(
        world, forms, before="2025-12-31T15:59", feb=LAST_MOMENT, mar=FIRST_MOMENT, unknown=None
    ) == {"before": "call.no_rubric", "feb": 1, "mar": 2, "unknown": 2}


def test_a_new_version_changes_nothing_for_earlier_days(world: tw.World) -> None:
    assert versions(world, in_folder(world, FIRST), feb=LAST_MOMENT) == {"feb": 1}
    before = world.store.scorecard("feb")
    forms = in_folder(world, FIRST, SECOND)
    assert versions(world, forms, feb=LAST_MOMENT, late=LAST_MOMENT, mar=FIRST_MOMENT) == {
        "feb": 1,
        "late": 1,
        "mar": 2,
    }
    assert world.store.scorecard("feb") == before
    assert before is not None and world.sound.transcribed.count(before.recording_id) == 1


def test_a_version_that_came_too_late_for_its_own_day_scores_those_calls_anew(world: tw.World) -> None:
    assert versions(world, in_folder(world, FIRST), mar=FIRST_MOMENT) == {"mar": 1}
    old = world.store.scorecard("mar")
    assert versions(world, in_folder(world, FIRST, SECOND), mar=FIRST_MOMENT) == {"mar": 2}
    current = world.store.scorecard("mar")
    assert old is not None and current is not None and current.rubric_version == 2
    kept = world.store.find_scorecard("mar", "small", 1, FIRST.digest, old.engine_digest)
    assert kept == old
    scoring = tw.Scoring(world.ports, world.settings, (SECOND,))
    assert scoring.rubric_of(old).digest == FIRST.digest


def test_a_form_that_has_run_out_applies_no_longer_but_keeps_its_scores(world: tw.World) -> None:
    ending = tw.form(1, dates="effective_to: 2026-02-28")
    assert versions(world, (ending,), feb=LAST_MOMENT, mar=FIRST_MOMENT) == {
        "feb": 1,
        "mar": "call.no_rubric",
    }
    row = world.store.call("feb")
    assert row is not None and row.status is CallStatus.SCORED


def test_a_version_replaced_in_its_file_leaves_the_scores_it_gave(world: tw.World) -> None:
    versions(world, in_folder(world, FIRST), feb=LAST_MOMENT)
    before = world.store.scorecard("feb")
    assert versions(world, (SECOND,), feb=LAST_MOMENT) == {"feb": "call.no_rubric"}
    assert world.store.scorecard("feb") == before
    row = world.store.call("feb")
    assert row is not None and row.status is CallStatus.SCORED


def test_a_form_as_calls_were_scored_with_it_can_be_named(world: tw.World) -> None:
    versions(world, in_folder(world, FIRST), feb=LAST_MOMENT)
    changed = tw.form(1, polite="辛苦您", dates="effective_from: 2026-01-01")
    in_folder(world, changed, SECOND)
    settings = world.settings.model_copy(update={"rubrics_dir": world.folder / "rubrics"})
    bootstrap.stored.cache_clear()
    assert bootstrap.find_rubric("small@1", settings).digest == FIRST.digest
    assert bootstrap.find_rubric("small@2", settings).digest == SECOND.digest
    assert bootstrap.find_rubric("small", settings).version == 2
    for name, code in (("small@9", "input.unknown_rubric_version"), ("small@x", "input.bad_rubric_version")):
        with pytest.raises(InputError) as caught:
            bootstrap.find_rubric(name, settings)
        assert caught.value.code == code and str(caught.value)
    bootstrap.stored(settings)[0].close()
    bootstrap.stored.cache_clear()
