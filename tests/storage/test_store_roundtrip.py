"""What goes in comes out, exactly; saying it twice changes nothing."""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from storage_samples import Samples

from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.scorecard import CallStatus, Review, Scorecard, ScoredFinding, SectionScore
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import InputError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.schema import criteria, findings, metadata, scorecards, section_scores
from qa_pipeline.storage.store import SqlStore


def counts(store: SqlStore) -> dict[str, int]:
    tables = metadata.sorted_tables
    return store._run(
        lambda db: {t.name: db.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}
    )


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
name = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
figure = st.floats(-1e15, 1e15)
pct = st.none() | st.floats(0, 100)
share = st.floats(0, 1)
digest = st.text("0123456789abcdef", min_size=64, max_size=64)
small = st.integers(0, 2_000_000_000)
spans = st.tuples(small, st.integers(0, 100_000)).map(lambda t: Span(start_ms=t[0], end_ms=t[0] + t[1]))
evidence = st.builds(
    Evidence,
    kind=st.sampled_from(["quoted", "measured", "searched"]),
    span=spans,
    role=st.none() | st.sampled_from(Role),
    quote=st.none() | text,
    expected=st.none() | text,
    value=st.none() | figure,
    unit=st.none() | text,
)
param = text | st.integers() | figure | st.booleans() | st.lists(text, max_size=3).map(tuple)
message = st.builds(Message, key=text, params=st.dictionaries(text, param, max_size=4))
finding = st.builds(
    Finding,
    criterion_id=name,
    operator=name,
    outcome=st.sampled_from(Outcome),
    confidence=share,
    evidence=st.lists(evidence, min_size=1, max_size=3).map(tuple),
    explanation=message,
    hits=st.integers(0, 1000),
    share=st.none() | share,
)
scored = st.builds(
    ScoredFinding,
    finding=finding,
    section_id=name,
    severity=st.sampled_from(["minor", "major", "critical", "fatal"]),
    points=figure,
    points_possible=figure,
    decided=st.booleans(),
    criterion_digest=digest,
)
section = st.builds(
    SectionScore,
    section_id=name,
    points=figure,
    points_possible=figure,
    score_pct=pct,
    auto_failed=st.booleans(),
)
cards = st.builds(
    Scorecard,
    call_id=st.just("c0001"),
    recording_id=st.just(f"{1:064x}"),
    rubric_id=st.just(Samples.RUBRIC),
    rubric_version=st.just(1),
    rubric_digest=st.just(Samples.RUBRIC_DIGEST),
    engine_digest=st.just(Samples.ENGINE),
    findings=st.lists(scored, max_size=4).map(tuple),
    sections=st.lists(section, max_size=3).map(tuple),
    points=figure,
    points_possible=figure,
    score_pct=pct,
    score_low_pct=pct,
    score_high_pct=pct,
    grade=st.none() | text,
    auto_failed_by=st.lists(name, max_size=2).map(tuple),
    suspected_fatal=st.lists(name, max_size=2).map(tuple),
    provenance=st.dictionaries(text, text, max_size=3),
)


def types(value: object) -> object:
    """Equality says 1 == 1.0 == True; exactness wants the types too."""
    if dataclasses.is_dataclass(value):
        return [type(value), *(types(getattr(value, f.name)) for f in dataclasses.fields(value))]
    if isinstance(value, Mapping):
        return {key: types(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [tuple, *map(types, value)]
    return type(value)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    store = SqlStore(Settings(data_dir=tmp_path_factory.mktemp("shared")))
    store.register_rubric(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, "rubric: inbound_enquiry\n")
    yield store
    store.close()


engine = itertools.count()


@given(cards)
@hypothesis_settings(max_examples=60)
def test_any_scorecard_comes_back_exactly(shared: SqlStore, card: Scorecard) -> None:
    card = dataclasses.replace(card, engine_digest=f"{next(engine):064x}")
    shared.save([SavedCall(row=Samples.row(1), scorecard=card)])
    back = shared.find_scorecard(
        card.call_id, card.rubric_id, card.rubric_version, card.rubric_digest, card.engine_digest
    )
    assert back == card == shared.scorecard("c0001", Samples.RUBRIC)
    assert types(back) == types(card)


infos = st.builds(
    CallInfo,
    call_id=name,
    agent_id=st.none() | name,
    queue=st.none() | name,
    started_at=st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    ring_s=st.none() | figure,
    channel_roles=st.dictionaries(st.integers(0, 9), st.sampled_from(Role), max_size=2),
    extra=st.dictionaries(name, name, max_size=3),
)


@given(infos, st.sampled_from([CallStatus.PENDING, CallStatus.FAILED, CallStatus.NOT_SCORED]))
@hypothesis_settings(max_examples=60)
def test_any_call_comes_back_exactly(shared: SqlStore, info: CallInfo, status: CallStatus) -> None:
    if shared.call(info.call_id) is not None:
        return  # merged with what was known of that id: another test
    row = CallRow(
        info=info, recording=None, source_uri=info.call_id, status=status, code="audio.empty", params={"n": 1}
    )
    shared.save([SavedCall(row=row)])
    back = shared.call(info.call_id)
    assert back is not None
    assert dataclasses.replace(back, received_at=None) == row


def test_narrow_rows_say_what_the_scorecard_says(store: SqlStore) -> None:
    card = Samples.card(1)
    store.save([SavedCall(row=Samples.row(1), scorecard=card)])
    query = select(findings, criteria).join(criteria).order_by(findings.c.position)
    rows = store._run(lambda db: db.execute(query).mappings().all())
    assert len(rows) == len(card.findings)
    for row, mark in zip(rows, card.findings, strict=True):
        found = mark.finding
        assert row["outcome"] is found.outcome
        assert row["confidence"] == pytest.approx(found.confidence)
        for column in ("section_id", "severity", "points", "points_possible", "decided", "criterion_digest"):
            assert row[column] == getattr(mark, column)
        assert (row["criterion_id"], row["operator"], row["hits"]) == (
            found.criterion_id,
            found.operator,
            found.hits,
        )
    sections = store._run(lambda db: db.execute(select(section_scores)).mappings().all())
    assert [(r["section_id"], r["points"], r["score_pct"]) for r in sections] == [
        ("section_0", 1.2, 6.0),
        ("section_1", 1.6, None),
    ]
    figures = store._run(lambda db: db.execute(select(scorecards)).mappings().one())
    assert (figures["score_pct"], figures["grade"], figures["num_suspected_fatal"]) == (33.33, "不合格", 1)


def test_saving_twice_changes_nothing(store: SqlStore) -> None:
    batch = [Samples.scored(1), SavedCall(row=Samples.row(2, CallStatus.FAILED, code="audio.empty"))]
    store.save(batch)
    before = counts(store)
    store.save(batch)
    store.save(list(reversed(batch)))
    assert counts(store) == before
    assert before["audit"] == 4  # schema, rubric, two calls


def test_rescoring_adds_a_scorecard_and_moves_the_mark(store: SqlStore) -> None:
    old, new = Samples.card(1), Samples.card(1, engine_digest="f" * 64, score_pct=50.0)
    for card in (old, new):
        store.save([SavedCall(row=Samples.row(1), scorecard=card)])
    assert store.scorecard("c0001") == new
    assert store.find_scorecard("c0001", Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, Samples.ENGINE) == old
    assert (counts(store)["scorecards"], counts(store)["current_scorecards"]) == (2, 1)
    store.save([SavedCall(row=Samples.row(1), scorecard=old)])
    assert store.scorecard("c0001") == old
    assert (counts(store)["scorecards"], counts(store)["current_scorecards"]) == (2, 1)


def test_each_rubric_has_its_own_current_scorecard(store: SqlStore) -> None:
    store.register_rubric("inbound_complaint", 1, "c" * 64, "rubric: inbound_complaint\n")
    enquiry = Samples.card(1)
    complaint = Samples.card(1, rubric_id="inbound_complaint", rubric_digest="c" * 64)
    for card in (enquiry, complaint):
        store.save([SavedCall(row=Samples.row(1), scorecard=card)])
    assert store.scorecard("c0001", Samples.RUBRIC) == enquiry
    assert store.scorecard("c0001") == complaint
    assert store.scorecard("c0001", "nothing") is None


def test_other_result_under_the_same_identity_is_kept_out_and_noted(store: SqlStore) -> None:
    store.save([Samples.scored(1)])
    store.save([Samples.scored(1, score_pct=99.0)])
    assert store.scorecard("c0001") == Samples.card(1)
    from qa_pipeline.storage.schema import audit

    actions = store._run(lambda db: db.execute(select(audit.c.action)).scalars().all())
    assert actions[-1] == "scorecard.not_reproduced"


def test_a_pending_row_registers_and_never_unsettles(store: SqlStore) -> None:
    pending = CallRow(
        info=CallInfo(call_id="c0001"), recording=None, source_uri="/a.wav", status=CallStatus.PENDING
    )
    store.save([SavedCall(row=pending)])
    registered = store.call("c0001")
    assert registered is not None
    assert registered.received_at is not None
    assert registered.status is CallStatus.PENDING
    store.save([Samples.scored(1)])
    store.save([SavedCall(row=pending)])
    row = store.call("c0001")
    assert row is not None
    assert row.status is CallStatus.SCORED
    assert (row.info.agent_id, row.recording) == ("0031", Samples.recording(1))
    assert row.received_at == registered.received_at
    assert store.scorecard("c0001") == Samples.card(1)


def test_a_later_result_without_a_score_ends_the_earlier_one(store: SqlStore) -> None:
    store.save([Samples.scored(1)])
    store.save([SavedCall(row=Samples.row(1, CallStatus.NOT_SCORED, code="call.no_rubric"))])
    assert store.scorecard("c0001") is None
    assert store.scorecard("c0001", Samples.RUBRIC) == Samples.card(1)


def test_changed_metadata_are_audited_with_both_values(store: SqlStore) -> None:
    store.save([Samples.scored(1)])
    row = Samples.row(1, info=Samples.info(1, agent_id="0099"))
    store.save([SavedCall(row=row, scorecard=Samples.card(1))])
    from qa_pipeline.storage.schema import audit

    last = store._run(
        lambda db: db.execute(select(audit).order_by(audit.c.audit_pk.desc())).mappings().first()
    )
    assert last is not None
    assert (last["action"], last["subject"]) == ("call.metadata_changed", "c0001")
    assert last["detail"] == {"agent_id": ["0031", "0099"]}
    changed = store.call("c0001")
    assert changed is not None
    assert changed.info.agent_id == "0099"


def test_same_call_id_with_other_bytes_is_refused_whole(store: SqlStore) -> None:
    store.save([Samples.scored(1)])
    before = counts(store)
    other = Samples.row(1, recording=Samples.recording(7), source_uri="/other.wav")
    with pytest.raises(InputError) as caught:
        store.save(
            [Samples.scored(2), SavedCall(row=other, scorecard=Samples.card(1, recording_id=f"{7:064x}"))]
        )
    assert caught.value.code == "call.other_audio"
    assert caught.value.params == {
        "call_id": "c0001",
        "source": "/other.wav",
        "known_source": "/录音/1.wav",
    }
    assert counts(store) == before


def test_the_same_bytes_under_two_call_ids(store: SqlStore) -> None:
    names = {"z1": "a.wav", "a2": "b.wav"}
    for call_id, source_name in names.items():
        recording = dataclasses.replace(Samples.recording(1), source_name=source_name)
        row = Samples.row(1, CallStatus.PENDING, info=Samples.info(1, call_id=call_id), recording=recording)
        store.save([SavedCall(row=row)])
    assert store.calls_of_recording(f"{1:064x}") == ("z1", "a2")
    assert store.calls_of_recording("0") == ()
    rows = [row for row in store.calls() if row.recording is not None]
    assert {row.info.call_id: row.recording.source_name for row in rows if row.recording} == names


def test_a_rubric_version_never_changes(store: SqlStore) -> None:
    store.register_rubric(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, "another comment, same digest")
    assert store.rubric_content(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST) == "rubric: inbound_enquiry\n"
    assert store.rubric_content(Samples.RUBRIC, 2, Samples.RUBRIC_DIGEST) is None
    with pytest.raises(InputError) as caught:
        store.register_rubric(Samples.RUBRIC, 1, "0" * 64, "other")
    assert caught.value.code == "rubric.version_changed"
    assert caught.value.params == {"rubric_id": Samples.RUBRIC, "version": 1}


def test_a_score_without_its_rubric_is_refused(store: SqlStore) -> None:
    with pytest.raises(InputError) as caught:
        store.save([Samples.scored(1, rubric_digest="0" * 64)])
    assert caught.value.code == "storage.rubric_unknown"
    assert store.call("c0001") is None


def test_listing_is_ordered_filtered_and_paged(store: SqlStore) -> None:
    ids = [f"{letter}{number:03d}" for number in range(330) for letter in "Zaé中"]
    rows = [
        Samples.row(1, CallStatus.PENDING, info=Samples.info(1, call_id=i, agent_id=i[0]), recording=None)
        for i in reversed(ids)
    ]
    store.save([SavedCall(row=row) for row in rows])
    assert [row.info.call_id for row in store.calls()] == sorted(ids)
    assert [row.info.call_id for row in store.calls(limit=501)] == sorted(ids)[:501]
    assert len(list(store.calls(agent_id="中"))) == 330
    assert list(store.calls(status=CallStatus.FAILED)) == []
    assert list(store.calls(limit=0)) == []


def test_business_date_is_the_centre_s_day(store: SqlStore) -> None:
    from qa_pipeline.storage.schema import calls

    store.save([Samples.scored(0), Samples.scored(1)])  # 23:59:59 and 00:00:00 in Shanghai
    days = store._run(
        lambda db: db.execute(select(calls.c.business_date).order_by(calls.c.call_id)).scalars().all()
    )
    assert [str(day) for day in days] == ["2026-03-31", "2026-04-01"]


def review(number: int, **changes: object) -> Review:
    fields: dict[str, object] = {
        "review_id": f"r{number}",
        "call_id": "c0001",
        "rubric_id": Samples.RUBRIC,
        "criterion_id": "greeting",
        "criterion_digest": "a" * 64,
        "reviewer": "李四",
        "reviewed_at": datetime(2026, 4, 2, tzinfo=UTC) - timedelta(days=number),
        "outcome": Outcome.MET,
        "reason": "说了，识别错了",
    }
    return Review(**(fields | changes))  # type: ignore[arg-type]


def test_reviews_are_appended_once_and_read_oldest_first(store: SqlStore) -> None:
    store.save([Samples.scored(1)])
    assert store.add_reviews([review(1), review(2)]) == 2
    assert store.add_reviews([review(2), review(3)]) == 1
    assert store.reviews("c0001") == (review(3), review(2), review(1))
    assert store.reviews("c0002") == ()
    assert store.add_reviews([]) == 0


def test_a_review_can_t_be_rewritten_or_dangle(store: SqlStore) -> None:
    store.save([Samples.scored(1)])
    store.add_reviews([review(1)])
    for mark, code in (
        (review(1, outcome=Outcome.NOT_MET), "storage.review_changed"),
        (review(2, call_id="nobody"), "storage.call_unknown"),
    ):
        with pytest.raises(InputError) as caught:
            store.add_reviews([mark])
        assert caught.value.code == code
    assert store.reviews("c0001") == (review(1),)


def test_odd_file_names_do_not_stop_a_batch(store: SqlStore, tmp_path: Path) -> None:
    odd = "\udcc4\x00.wav"  # a GBK name on a UTF-8 system, as Python reads it
    row = CallRow(
        info=CallInfo(call_id=odd, extra={odd: odd}),
        recording=None,
        source_uri=odd,
        status=CallStatus.PENDING,
    )
    store.save([SavedCall(row=row)])
    store.save([SavedCall(row=row)])
    assert store.claim([odd], owner="me", ttl_s=60) == (odd,)
    back = store.call(odd)
    assert back is not None
    assert back.source_uri == "??.wav"


def test_bugs_of_the_caller_are_refused(store: SqlStore) -> None:
    for batch in (
        [Samples.scored(1), Samples.scored(1)],
        [SavedCall(row=Samples.row(1, CallStatus.FAILED), scorecard=Samples.card(1))],
        [SavedCall(row=Samples.row(1), scorecard=Samples.card(2))],
        [SavedCall(row=Samples.row(1), scorecard=Samples.card(1, recording_id="0" * 64))],
    ):
        with pytest.raises(ValueError, match=r"."):
            store.save(batch)
    assert store.call("c0001") is None
