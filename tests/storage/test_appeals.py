"""Appeals in the database, on SQLite and PostgreSQL: numbered, one at a time, decided once, with their mark."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from storage_samples import Samples

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.errors import InputError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.appeal_base import Appeal, Decision
from qa_pipeline.storage.appeals import SqlAppealStore
from qa_pipeline.storage.store import SqlStore

AT = datetime(2026, 4, 2, 8, tzinfo=UTC)
APPEAL = Appeal(
    appeal_id="",
    call_id="c0001",
    agent_id="0031",
    rubric_id=Samples.RUBRIC,
    criterion_id="criterion_1",
    criterion_digest="1" * 64,
    filed_by="张三",
    filed_at=AT,
    deadline=date(2026, 4, 8),
    reason="我说了",
)
GRANTED = Decision(decision="granted", reason="是的", decided_by="王", decided_at=AT, review_id="a-1")
MARK = Review(
    review_id="a-1",
    call_id="c0001",
    rubric_id=Samples.RUBRIC,
    criterion_id="criterion_1",
    criterion_digest="1" * 64,
    reviewer="王",
    reviewed_at=AT,
    outcome=Outcome.MET,
    reason="是的",
)


@pytest.fixture
def appeals(settings: Settings, store: SqlStore) -> Iterator[SqlAppealStore]:
    store.save([Samples.scored(1), Samples.scored(2)])
    appeals = SqlAppealStore(settings)
    yield appeals
    appeals.close()


def test_an_appeal_comes_back_with_its_decision_and_its_mark(
    appeals: SqlAppealStore, store: SqlStore
) -> None:
    kept = appeals.add_appeal(APPEAL)
    assert kept == replace(APPEAL, appeal_id="A202604-1")
    appeals.decide_appeal("A202604-1", GRANTED, MARK)
    assert appeals.appeals() == (replace(kept, decision=GRANTED),)
    assert store.reviews("c0001") == (MARK,)
    assert appeals.add_appeal(replace(APPEAL, call_id="c0002")).appeal_id == "A202604-2"
    assert [one.call_id for one in appeals.appeals("c0002")] == ["c0002"]
    assert store.verify_audit()[1] is None


def test_one_at_a_time_and_decided_once(appeals: SqlAppealStore, store: SqlStore) -> None:
    appeals.add_appeal(APPEAL)
    with pytest.raises(InputError, match="A202604-1"):
        appeals.add_appeal(APPEAL)
    appeals.decide_appeal("A202604-1", replace(GRANTED, decision="rejected", review_id=None), None)
    with pytest.raises(InputError, match="已经决定"):
        appeals.decide_appeal("A202604-1", GRANTED, MARK)
    assert store.reviews("c0001") == ()
    with pytest.raises(InputError, match="没有编号"):
        appeals.decide_appeal("A9", GRANTED, MARK)


def test_a_call_is_scored_when_its_standing_scorecard_was_made(appeals: SqlAppealStore) -> None:
    made = appeals.scored_at("c0001")
    assert made is not None
    assert abs((datetime.now(UTC) - made).total_seconds()) < 600
    assert appeals.scored_at("c9999") is None
