"""Suggested thresholds, from stored calls and people's marks to the line of the rubric file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import threshold_world as tw

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import CollectedErrors, InputError
from qa_pipeline.pipeline import threshold_trial, threshold_workers
from qa_pipeline.pipeline.threshold_output import suggestion_lines, write_proposal
from qa_pipeline.pipeline.thresholds import CriterionResult, SuggestResult
from qa_pipeline.rules.parse import load_rubric


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    tw.World(folder).close()
    return folder


@pytest.fixture
def world(scored: Path, tmp_path: Path) -> Iterator[tw.World]:
    shutil.copytree(scored, tmp_path / "world")
    opened = tw.World(tmp_path / "world")
    yield opened
    opened.close()


def longer_than(limit: float, slips: float = 0.04) -> tw.Said:
    """One person who calls a silence of at least so many seconds a fault, now and then mistaken."""

    def said(call_id: str, silence: float, chance: Random) -> dict[str, bool | None]:
        return {"li": (silence >= limit) != (chance.random() < slips)}

    return said


def of(result: SuggestResult, criterion_id: str) -> CriterionResult:
    return next(c for c in result.criteria if c.criterion_id == criterion_id)


def test_the_truth_is_found_with_the_calls_and_the_line(world: tw.World) -> None:
    world.mark(longer_than(8))
    result = world.suggest()
    first = result.criteria[0]
    assert first.criterion_id == "dead_air" and first.suggestion is not None
    one = first.suggestion
    assert (one.key, one.path, one.current, one.suggested) == ("seconds", "check.seconds", 5, 8)
    assert (one.num_calls, one.num_marks, one.num_agents) == (tw.CALLS, tw.CALLS, tw.AGENTS)
    assert one.errors_now.wrong_deductions > 15 and one.errors_then.wrong_deductions <= 5
    assert one.now.kappa.value is not None and one.then.kappa.value is not None
    assert one.then.kappa.value > one.now.kappa.value + 0.2
    assert {c.call_id for c in one.changed} == {c for c, s in world.silences.items() if 5 <= s < 8}
    assert all(c.after is Outcome.MET for c in one.changed)
    # The silence begins where the agent goes to look.
    assert {c.start_ms for c in one.changed} == {9000}
    lines = world.path.read_text(encoding="utf-8").splitlines()
    assert lines[one.line - 1] == one.old_text and "seconds: 5" in one.old_text
    assert one.new_text == one.old_text.replace("seconds: 5", "seconds: 8")
    assert f"-{one.old_text}\n+{one.new_text}\n" in one.diff
    # The example with six seconds of silence says what the old limit says.
    assert [lines[n - 1].strip()[:9] for n in one.failing_examples] == ["- not_met"]
    assert of(result, "solved").tried.verdict == "no_thresholds"
    assert of(result, "thanks").tried.verdict == "too_few_calls"


def test_nothing_is_written_and_the_same_marks_give_the_same_bytes(world: tw.World) -> None:
    world.mark(longer_than(8))
    before = {p: p.read_bytes() for p in world.folder.rglob("*.yaml")}
    cards = [world.store.scorecard(c) for c in list(world.silences)[:5]]
    first, again = (list(map(json.dumps, suggestion_lines(world.suggest()))) for _ in range(2))
    assert first == again
    assert json.loads(first[0])["schema_version"] == 1
    assert {p: p.read_bytes() for p in world.folder.rglob("*.yaml")} == before
    assert [world.store.scorecard(c) for c in list(world.silences)[:5]] == cards


def test_several_processes_find_the_same(world: tw.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threshold_workers, "WORTH_S", 0.0)
    world.mark(longer_than(8))
    alone, together = (world.suggest(workers=n) for n in (1, 2))
    assert list(suggestion_lines(alone)) == list(suggestion_lines(together))


@pytest.mark.parametrize("seed", range(3))
def test_random_marks_change_nothing(world: tw.World, seed: int) -> None:
    world.mark(lambda call, silence, chance: {"li": chance.random() < 0.5}, seed=seed)
    assert world.suggest().suggestions() == ()


def test_marks_that_no_number_can_meet_say_so(world: tw.World) -> None:
    """People agree that thanks are missing where the form's words were said: its words are the problem."""
    numbers = {call: n for n, call in enumerate(world.silences)}
    world.mark(lambda call, *_: dict.fromkeys(("li", "wang"), numbers[call] % 2 == 0), criterion="thanks")
    found = of(world.suggest(), "thanks")
    assert found.tried.verdict == "no_value_helps" and found.suggestion is None
    assert found.values > 5


def test_people_who_differ_hear_that_first(world: tw.World) -> None:
    world.mark(lambda call, silence, chance: {"li": silence >= 8, "wang": chance.random() < 0.5})
    found = of(world.suggest(), "dead_air")
    assert found.tried.verdict == "people_differ" and found.suggestion is None


def test_appeals_are_left_out(world: tw.World) -> None:
    world.mark(longer_than(5, slips=0))
    # Whoever appealed against a silence under 8 s was granted it: only the machine's errors are brought.
    world.mark(lambda call, silence, _: {"zhao": False if 5 <= silence < 8 else None}, prefix="a-")
    result = world.suggest()
    found = of(result, "dead_air")
    assert found.tried.verdict == "agreed" and found.tried.num_marks == tw.CALLS
    assert found.appeals == sum(5 <= s < 8 for s in world.silences.values())


def test_marks_on_earlier_wording_are_left_out(world: tw.World) -> None:
    old = tw.write_form(world.folder / "old", seconds="3")
    world.mark(longer_than(8), form=load_rubric(old))
    result = world.suggest()
    found = of(result, "dead_air")
    assert (found.tried.verdict, found.tried.num_marks, found.earlier) == ("too_few_calls", 0, tw.CALLS)
    assert result.num_calls == 0


def test_another_version_with_the_same_wording_uses_the_marks(world: tw.World) -> None:
    world.mark(longer_than(8))
    newer = tw.write_form(world.folder / "newer", version=4, thanks="多谢您")
    result = world.suggest(newer)
    assert [s.rubric_version for s in result.suggestions()] == [4]
    assert dict(result.marked.versions) == {1: tw.CALLS}


def test_calls_whose_transcripts_are_gone_are_counted_and_the_rest_goes_on(world: tw.World) -> None:
    world.mark(longer_than(8))
    for call_id in list(world.silences)[:7]:
        world.artifacts.remove(world.artifacts.key("transcript", call_id))
    result = world.suggest()
    assert result.set_aside["gone"] == tuple(list(world.silences)[:7])
    assert result.num_calls == tw.CALLS - 7
    assert [s.suggested for s in result.suggestions()] == [8]


@pytest.mark.parametrize("at", [3, 500])
def test_a_fault_in_one_call_hides_no_other(
    world: tw.World, monkeypatch: pytest.MonkeyPatch, at: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither while looking nor while checking what may help."""
    world.mark(longer_than(8))
    whole, asked = threshold_trial.found_twice, iter(range(100_000))

    def broken(*given: object) -> object:
        if next(asked) == at:
            raise ZeroDivisionError
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(threshold_trial, "found_twice", broken)
    result = world.suggest()
    assert next(asked) > 600
    assert len(result.set_aside["internal"]) == 1 and "ZeroDivisionError" in caplog.text
    assert result.num_calls == tw.CALLS - 1
    assert [s.suggested for s in result.suggestions()] == [8]


def test_only_the_criteria_asked_for(world: tw.World) -> None:
    world.mark(longer_than(8))
    result = world.suggest(only=("thanks",))
    assert [c.criterion_id for c in result.criteria] == ["thanks"] and result.num_calls == 0


def test_the_proposal_is_a_new_file_of_the_next_version(world: tw.World) -> None:
    world.mark(longer_than(8))
    result = world.suggest()
    path = world.folder / "new" / "next.yaml"
    write_proposal(result, path, "zh")
    head, *rest = path.read_text(encoding="utf-8").splitlines()
    assert head.startswith("# 建议稿") and "small v1" in head
    assert rest[0].startswith("# dead_air：check.seconds 5 → 8")
    old = world.path.read_text(encoding="utf-8").splitlines()
    assert rest[1:] == [
        line.replace("version: 1", "version: 2").replace("seconds: 5}", "seconds: 8}") for line in old
    ]
    assert load_rubric(path).version == 2
    refused = {
        path: "suggest.exists",
        world.path: "suggest.own_file",
        path.parent / ".." / "small.yaml": "suggest.own_file",
        world.folder / "new.txt": "suggest.bad_name",
    }
    for name, code in refused.items():
        with pytest.raises(InputError) as told:
            write_proposal(result, name, "zh")
        assert told.value.code == code
    assert world.path.read_text(encoding="utf-8").splitlines() == old


def test_a_proposal_that_would_not_be_a_rubric_is_not_written(world: tw.World) -> None:
    (world.folder / "lists").mkdir()
    (world.folder / "lists" / "own.yaml").write_text("phrases: [谢谢您]\n", encoding="utf-8")
    text = world.path.read_text(encoding="utf-8").replace("phrases: [谢谢您]", "list: own")
    world.path.write_text(text, encoding="utf-8")
    world.mark(longer_than(8))
    result = world.suggest()
    elsewhere = world.folder / "elsewhere" / "next.yaml"
    with pytest.raises(CollectedErrors) as told:
        write_proposal(result, elsewhere, "zh")
    assert [e.code for e in told.value.errors] == ["rubric.list_not_found"]
    assert not elsewhere.exists()
    write_proposal(result, world.folder / "next.yaml", "zh")
