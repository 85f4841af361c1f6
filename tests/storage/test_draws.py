"""Samples in the database, on SQLite and PostgreSQL: what was drawn comes back as it was, and never changes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from storage_samples import Samples

from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.errors import InputError
from qa_pipeline.scoring.sampling import Drawn
from qa_pipeline.settings import Settings
from qa_pipeline.storage.draw_base import Draw
from qa_pipeline.storage.draws import SqlDrawStore
from qa_pipeline.storage.store import SqlStore

DRAW = Draw(
    draw_id="D1",
    method="stratified-1",
    seed=2**62,
    params={"start": "2026-03-31", "population": 3},
    calls=(
        Drawn(call_id="c0002", stratum="张", reason="fatal", probability=1.0),
        Drawn(call_id="c0001", stratum="0031", reason="random", probability=1 / 3),
    ),
)


@pytest.fixture
def draws(settings: Settings, store: SqlStore) -> Iterator[SqlDrawStore]:
    store.save([Samples.scored(number) for number in (1, 2, 3)])
    draws = SqlDrawStore(settings)
    yield draws
    draws.close()


def test_a_draw_comes_back_as_it_was(draws: SqlDrawStore) -> None:
    assert draws.add_draw(DRAW, who="王")
    assert not draws.add_draw(DRAW, who="李")
    found = draws.find_draw("D1")
    assert found is not None
    assert (found.calls, found.params, found.seed, found.drawn_by) == (DRAW.calls, DRAW.params, 2**62, "王")
    assert draws.draws() == (found,)
    assert draws.find_draw("D2") is None


def test_an_unknown_call_keeps_nothing(draws: SqlDrawStore) -> None:
    with pytest.raises(InputError, match="c9"):
        draws.add_draw(replace(DRAW, calls=(replace(DRAW.calls[0], call_id="c9"),)), who="王")
    assert draws.draws() == ()


def test_candidates_are_scored_calls_of_these_days(draws: SqlDrawStore) -> None:
    scope = Scope(kind=ScopeKind.AGENT, id="0031")
    # 2026-03-31 15:59:59 UTC is the last second of that day in Shanghai.
    rows = draws.candidates(date(2026, 4, 1), date(2026, 4, 2), scope)
    assert [row.call_id for row in rows] == ["c0001", "c0002", "c0003"]
    assert rows[0].suspected
    assert rows[0].undecided == ("criterion_3", "criterion_7")
    assert draws.candidates(date(2026, 3, 1), date(2026, 4, 1), scope) == ()
    assert draws.candidates(date(2026, 4, 1), date(2026, 4, 2), Scope(kind=ScopeKind.TEAM, id="t2")) == ()
