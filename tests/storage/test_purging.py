"""Append-only tables let a purge through and nothing else; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from storage_samples import Samples
from test_store_roundtrip import review

from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.errors import InputError
from qa_pipeline.scoring.sampling import Drawn
from qa_pipeline.settings import Settings
from qa_pipeline.storage import audit as audit_log
from qa_pipeline.storage.appeal_base import Appeal
from qa_pipeline.storage.appeals import SqlAppealStore
from qa_pipeline.storage.base import SavedCall
from qa_pipeline.storage.draw_base import Draw
from qa_pipeline.storage.draws import SqlDrawStore
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.keep_base import Kept
from qa_pipeline.storage.schema import audit, calls, metadata, scorecards
from qa_pipeline.storage.schema_keeping import open_purges, purges
from qa_pipeline.storage.store import SqlStore

FAR = date(2027, 1, 1)
GONE_WITH_A_SCORECARD = (
    *("scorecards", "scorecard_docs", "section_scores", "findings", "current_scorecards", "reviews"),
    *("appeals", "appeal_decisions", "draw_calls", "call_measures"),
)


@pytest.fixture
def keep(settings: Settings, store: SqlStore) -> Iterator[SqlKeepStore]:
    store.save([Samples.scored(n) for n in (1, 2, 3)])
    store.add_reviews([review(1)])
    made = SqlKeepStore(settings, actor="tester", lock_wait_s=5)
    yield made
    made.close()


def purge(keep: SqlKeepStore, what: Kept, before: date = FAR, limit: int = 100) -> int:
    number = keep.begin(
        rules={"QA": 1}, scorecards_before=before if what is Kept.SCORECARD else None, who="tester"
    )
    total, after = 0, None
    while True:
        done, after = keep.purge_batch(
            number, what, before, after=after, limit=limit, rule="QA=1", who="tester"
        )
        total += done
        if after is None:
            return total


def count(keep: SqlKeepStore, table: str) -> int:
    query = select(func.count()).select_from(metadata.tables[table])
    return keep._run(lambda db: db.execute(query).scalar_one())


def appeal(settings: Settings) -> SqlAppealStore:
    store = SqlAppealStore(settings)
    store.add_appeal(
        Appeal(
            appeal_id="",
            call_id="c0001",
            agent_id="0031",
            rubric_id=Samples.RUBRIC,
            criterion_id="criterion_1",
            criterion_digest="1".zfill(64),
            filed_by="张三",
            filed_at=datetime(2026, 4, 2, tzinfo=UTC),
            deadline=date(2026, 4, 9),
            reason="说了",
        )
    )
    return store


def test_a_permission_to_delete_cannot_be_committed(keep: SqlKeepStore) -> None:
    keep.begin(rules={}, scorecards_before=None, who="tester")
    with pytest.raises(DBAPIError):
        keep._run(lambda db: db.execute(insert(open_purges).values(purge_pk=1, never=-1)), write=True)
    assert count(keep, "open_purges") == 0


def test_without_a_purge_that_is_written_down_nothing_can_be_deleted(keep: SqlKeepStore) -> None:
    def work(db: Any) -> None:
        db.execute(insert(open_purges).values(purge_pk=7, never=-1))
        db.execute(delete(metadata.tables["findings"]))
        db.execute(delete(open_purges))

    with pytest.raises(DBAPIError):
        keep._run(work, write=True)
    assert count(keep, "findings") == 24


@pytest.mark.parametrize(
    "forgery",
    [
        update(scorecards).values(points=99),
        delete(audit),
        update(audit).values(actor="nobody"),
        update(audit).values(hash=bytes(32)),
        delete(purges),
        update(purges).values(made_by="nobody"),
        text("UPDATE reviews SET outcome = 1"),
        text("DELETE FROM holds"),
        text("DELETE FROM rubrics"),
        text("DELETE FROM export_rows"),
    ],
    ids=str,
)
def test_even_a_purge_changes_no_points_and_deletes_no_audit_row(keep: SqlKeepStore, forgery: Any) -> None:
    keep.begin(rules={}, scorecards_before=None, who="tester")
    keep.set_hold("days", "", first_day=FAR, last_day=FAR, reason="x", who="tester")

    def one_export(db: Any) -> None:
        db.execute(
            text(
                "INSERT INTO exports (export_pk, month, schema_version, digest, file_name, exported_by, exported_at) "
                "VALUES (1, '2026-03-01', 1, 'd', 'f', 'x', '2026-04-01 00:00:00')"
            )
        )
        db.execute(
            text(
                "INSERT INTO export_rows (export_pk, position, kind, of_month, agent_id, figures) "
                "VALUES (1, 0, 'month', '2026-03-01', '0031', '{}')"
            )
        )

    keep._run(one_export, write=True)

    def work(db: Any) -> None:
        db.execute(insert(open_purges).values(purge_pk=1, never=-1))
        db.execute(forgery)
        db.execute(delete(open_purges))

    with pytest.raises(DBAPIError, match="append-only"):
        keep._run(work, write=True)


def test_everything_that_hangs_on_a_scorecard_goes_with_it(settings: Settings, keep: SqlKeepStore) -> None:
    filed = appeal(settings)
    assert keep.due(Kept.SCORECARD, FAR).appealed == 1
    assert purge(keep, Kept.SCORECARD) == 2
    from qa_pipeline.storage.appeal_base import Decision

    [waiting] = filed.appeals()
    decision = Decision(
        decision="rejected",
        reason="没说",
        decided_by="王主管",
        decided_at=datetime(2026, 4, 3, tzinfo=UTC),
        review_id=None,
    )
    filed.decide_appeal(waiting.appeal_id, decision, None)
    assert purge(keep, Kept.SCORECARD) == 1
    assert {name: count(keep, name) for name in GONE_WITH_A_SCORECARD} == dict.fromkeys(
        GONE_WITH_A_SCORECARD, 0
    )
    assert count(keep, "calls") == 3
    assert count(keep, "rubrics") == 1
    assert keep.scorecards_purged_before() == FAR
    assert purge(keep, Kept.SCORECARD) == 0
    filed.close()


def test_batches_go_on_where_the_last_one_ended(keep: SqlKeepStore, store: SqlStore) -> None:
    store.save([Samples.scored(n) for n in range(4, 12)])
    assert purge(keep, Kept.TRANSCRIPT, limit=3) == 11
    assert purge(keep, Kept.TRANSCRIPT, limit=3) == 0


def test_only_older_days_are_due(keep: SqlKeepStore) -> None:
    day = date(2026, 4, 1)  # all three, in Shanghai
    assert keep.due(Kept.AUDIO, day).num_calls == 0
    due = keep.due(Kept.AUDIO, day + timedelta(days=1))
    assert (due.num_calls, due.oldest, due.newest) == (3, day, day)


def test_bytes_that_another_call_needs_stay(keep: SqlKeepStore, store: SqlStore) -> None:
    shared, own = "transcript/ab/shared.json.gz", "facts/cd/own.json.gz"
    info = Samples.info(9, started_at=datetime(2026, 12, 1, tzinfo=UTC))
    both = [
        SavedCall(
            row=Samples.row(8, CallStatus.NOT_SCORED, artifacts={"transcript": shared, "facts": own}),
        ),
        SavedCall(
            row=Samples.row(
                9,
                CallStatus.NOT_SCORED,
                info=info,
                recording=Samples.recording(8),
                artifacts={"transcript": shared},
            )
        ),
    ]
    store.save(both)
    purge(keep, Kept.TRANSCRIPT, date(2026, 6, 1))
    owed = {o.name for kind in ("artifact", "listens") for o in keep.owed(kind)}
    assert own in owed
    assert shared not in owed
    assert shared in keep.referenced()
    assert keep.purged_recordings([Samples.recording(8).recording_id]) == frozenset()
    purge(keep, Kept.TRANSCRIPT)
    assert {o.name for o in keep.owed("artifact")} >= {own, shared}
    assert keep.purged_recordings([Samples.recording(8).recording_id]) == {Samples.recording(8).recording_id}
    keep.settle(keep.owed("artifact"))
    assert keep.owed("artifact") == ()


def test_a_draw_that_lost_lines_can_still_be_read(settings: Settings, keep: SqlKeepStore) -> None:
    draws = SqlDrawStore(settings)
    drawn = tuple(
        Drawn(call_id=f"c000{n}", stratum="s", reason=("random", "doubtful", "fatal")[n - 1], probability=1)
        for n in (1, 2, 3)
    )
    draws.add_draw(
        Draw(draw_id="d1", method="m", seed=1, params={}, calls=drawn, drawn_by="x", drawn_at=None),  # type: ignore[arg-type]
        who="x",
    )
    keep.set_hold("call", "c0002", reason="x", who="x")
    purge(keep, Kept.SCORECARD)
    left = draws.find_draw("d1")
    assert left is not None
    assert [(d.call_id, d.reason) for d in left.calls] == [("c0002", "doubtful")]
    draws.close()


def test_a_customer_is_forgotten_and_the_log_stays_whole(keep: SqlKeepStore, store: SqlStore) -> None:
    """An earlier release wrote metadata into the log: the words go, the chain holds, and forgeries still show."""
    old = {"customer_id": [None, "007"], "extra": [{}, {"工单": "0012"}], "queue": ["a", "b"]}
    store.audit("tester", "call.metadata_changed", "c0001", old)
    found = keep.calls_of_customer("007", ())
    purge_number, ids = keep.forget(found, [("file", "/x/page.html")], reason="来函", who="专员")
    assert ids == {f"c000{n}": f"forgotten-{purge_number}-{n}" for n in (1, 2, 3)}
    [changed] = keep.audit_rows(actions=["call.metadata_changed"])
    assert changed.detail == {"customer_id": True, "extra": True, "queue": ["a", "b"]}
    assert store.verify_audit()[1] is None
    assert [o.name for o in keep.owed("file")] == ["/x/page.html"]
    assert keep.calls_of_customer("007", ()) == ()
    card = store.scorecard(ids["c0001"])
    assert card is not None
    assert (card.call_id, card.score_pct) == (ids["c0001"], 33.33)
    assert [r.reason for r in store.reviews(ids["c0001"])] == [""]

    def forge(db: Any) -> None:
        db.execute(insert(open_purges).values(purge_pk=purge_number, never=-1))
        forged = update(audit).where(audit.c.audit_pk == changed.number).values(detail={"queue": ["a", "c"]})
        db.execute(forged)
        db.execute(delete(open_purges))

    keep._run(forge, write=True)
    assert store.verify_audit() == (changed.number - 1, changed.number)


def test_a_vouched_change_does_not_hide_a_missing_row(keep: SqlKeepStore, store: SqlStore) -> None:
    rows = keep._run(lambda db: db.execute(select(audit)).mappings().all())
    number = keep.begin(rules={}, scorecards_before=None, who="x")

    def shorten(db: Any) -> None:
        db.execute(insert(open_purges).values(purge_pk=number, never=-1))
        audit_log.shorten(db, datetime.now(UTC), "x", [dict(rows[2]) | {"detail": {}}])
        db.execute(delete(open_purges))

    keep._run(shorten, write=True)
    whole, broken = store.verify_audit()
    assert broken is None
    assert whole == len(rows) + 2


def test_metadata_that_may_name_a_customer_is_not_written_into_the_log(
    keep: SqlKeepStore, store: SqlStore
) -> None:
    info = Samples.info(1, customer_id="008", queue="complaint", extra={"工单": "9"})
    store.save(
        [SavedCall(row=Samples.row(1, info=info, source_uri="/录音/x.wav"), scorecard=Samples.card(1))]
    )
    [row] = keep.audit_rows(actions=["call.metadata_changed"])
    assert row.detail == {
        "customer_id": True,
        "extra": True,
        "source_uri": True,
        "queue": ["enquiry", "complaint"],
    }


def test_holds_are_numbered_listed_and_lifted_once(keep: SqlKeepStore) -> None:
    first = keep.set_hold("agent", "0031", reason="仲裁", who="法务")
    second = keep.set_hold("customer", "007", reason="诉讼", who="法务")
    assert [(h.hold_id, h.num_calls) for h in keep.holds()] == [("H1", 3), ("H2", 3)]
    keep.lift_hold("h1", reason="结案", who="法务")
    assert [h.hold_id for h in keep.holds()] == [second.hold_id]
    lifted = keep.holds(lifted=True)[0]
    assert (lifted.hold_id, lifted.lift_reason, lifted.num_calls) == (first.hold_id, "结案", 0)
    with pytest.raises(InputError, match="H1"):
        keep.lift_hold("H1", reason="再", who="x")
    for wrong in ("H9", "abc", "", "H" + "9" * 30, "-1"):
        with pytest.raises(InputError) as caught:
            keep.lift_hold(wrong, reason="x", who="x")
        assert caught.value.code == "hold.unknown"
    assert "007" not in repr(keep.audit_rows(actions=["hold.set"])[-1])


def test_the_log_is_read_by_call_person_action_and_time(keep: SqlKeepStore, store: SqlStore) -> None:
    store.audit("李四", "call.read", "c0001", {})
    store.audit("王五", "call.read", "c0002", {})
    assert [r.subject for r in keep.audit_rows(actions=["call.read"])] == ["c0001", "c0002"]
    assert [r.action for r in keep.audit_rows(subject="c0001")] == [
        "call.scored",
        "review.added",
        "call.read",
    ]
    assert [r.subject for r in keep.audit_rows(actor="王五")] == ["c0002"]
    assert [r.subject for r in keep.audit_rows(limit=1)] == ["c0002"]
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert keep.audit_rows(start=soon) == ()
    assert len(keep.audit_rows(end=soon)) == store.verify_audit()[0]
    assert "call.read" in keep.audit_actions()


def test_leftovers_are_wiped(keep: SqlKeepStore) -> None:
    purge(keep, Kept.TRANSCRIPT)
    assert [o.kind for o in keep.owed("wipe")] == ["wipe"]
    keep.wipe(whole=True)
    keep.wipe(whole=False)


def test_only_a_registration_is_taken_back(keep: SqlKeepStore, store: SqlStore) -> None:
    store.save([SavedCall(row=Samples.row(8, CallStatus.PENDING, recording=None, artifacts={}))])
    store.discard("c0008")
    store.discard("c0001")
    ids = keep._run(lambda db: db.execute(select(calls.c.call_id).order_by(calls.c.call_id)).scalars().all())
    assert ids == ["c0001", "c0002", "c0003"]
