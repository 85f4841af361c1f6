"""Points, the interval, fatals, reviews, grades: with findings made up, so that only scoring is at stake."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_kit import rubric_of
from scorecard_json import assert_recomputed, told

from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.scorecard import Review, Scorecard
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.score import GRADE_PENDING, score

CALL = call_of(["客服：您好", "客户：你好"])
CHECK = {"op": "must_say", "phrases": ["您好"]}
BANDS = {"优秀": 95, "合格": 70, "不合格": 0}
MET, NOT_MET, NA, REVIEW = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE, Outcome.NEEDS_REVIEW


def found(criterion_id: str, outcome: Outcome, *, hits: int = 0, share: float | None = None) -> Finding:
    evidence = (Evidence(kind="searched", span=Span(start_ms=0, end_ms=1000)),) if outcome is NOT_MET else ()
    return Finding(
        criterion_id=criterion_id,
        operator="must_say",
        outcome=outcome,
        confidence=0.9,
        evidence=evidence,
        explanation=Message(key="human"),
        hits=hits,
        share=share,
    )


def fill(rubric: Rubric, outcomes: list[Outcome | Finding], **more: Any) -> Scorecard:
    ids = [c.id for _, c in rubric.criteria()]
    given_findings = [
        replace(o, criterion_id=i) if isinstance(o, Finding) else found(i, o)
        for i, o in zip(ids, outcomes, strict=True)
    ]
    arguments = {
        "engine_digest": "e",
        "max_pending_pct": 20,
        "fatal_needs_person": True,
        "provenance": {},
    } | more
    return score(rubric, given_findings, CALL, **arguments)


def form(*points: float, **more: Any) -> Rubric:
    return rubric_of(*({"check": CHECK, "points": p} for p in points), bands=BANDS, **more)


def interval(card: Scorecard) -> tuple[float | None, float | None, float | None]:
    return card.score_low_pct, card.score_pct, card.score_high_pct


def test_points_over_what_is_possible() -> None:
    card = fill(form(10, 20, 10), [MET, NOT_MET, MET])
    assert (card.points, card.points_possible) == (20, 40)
    assert interval(card) == (50, 50, 50)
    assert card.grade == "不合格"
    assert [f.points for f in card.findings] == [10, 0, 10]


def test_two_decimals() -> None:
    assert fill(form(1, 1, 1), [MET, NOT_MET, MET]).score_pct == 66.67


def test_what_does_not_apply_leaves_the_denominator() -> None:
    card = fill(form(10, 20, 10), [MET, NA, MET])
    assert card.points_possible == 20
    assert card.score_pct == 100
    assert (card.findings[1].points, card.findings[1].points_possible) == (0, 0)
    assert card.findings[1].decided


def test_pending_ones_make_the_interval() -> None:
    card = fill(form(60, 30, 10), [MET, NOT_MET, REVIEW])
    assert interval(card) == (60, 66.67, 70)
    assert not card.findings[2].decided


@pytest.mark.parametrize(("pending", "withheld"), [(20, False), (21, True)])
def test_more_than_a_fifth_pending_withholds_the_score(pending: int, withheld: bool) -> None:
    card = fill(form(100 - pending, pending), [MET, REVIEW])
    assert (card.score_pct is None) is withheld
    assert card.grade == (GRADE_PENDING if withheld else "优秀")
    assert (card.score_low_pct, card.score_high_pct) == (100 - pending, 100)


def test_what_only_people_decide_withholds_nothing() -> None:
    rubric = rubric_of({"check": CHECK}, {"check": {"op": "human"}, "points": 50}, bands=BANDS)
    card = fill(rubric, [MET, REVIEW])
    assert card.score_pct == 100
    assert card.score_low_pct == 16.67
    assert card.grade == "优秀"


def test_a_persons_part_behind_a_name_is_still_a_persons() -> None:
    both = {"op": "all_of", "of": [CHECK, "asked"]}
    rubric = rubric_of({"check": CHECK}, {"check": both, "points": 50}, conditions={"asked": {"op": "human"}})
    assert fill(rubric, [MET, REVIEW]).score_pct == 100


def test_nothing_decided() -> None:
    card = fill(form(10), [NA])
    assert interval(card) == (None, None, None)
    assert card.grade is None
    card = fill(rubric_of({"check": {"op": "human"}}, bands=BANDS), [REVIEW])
    assert interval(card) == (0, None, 100)
    assert card.grade == GRADE_PENDING


@pytest.mark.parametrize(
    ("rule", "finding", "points"),
    [
        ("all_or_nothing", found("", NOT_MET, hits=1, share=0.5), 0),
        ({"per_hit": 2}, found("", NOT_MET, hits=3), 4),
        ({"per_hit": 2, "cap": 5}, found("", NOT_MET, hits=3), 5),
        ({"per_hit": 4}, found("", NOT_MET, hits=3), 0),
        ({"per_hit": 2}, found("", NOT_MET, hits=0), 8),
        ({"per_hit": 2}, found("", MET, hits=0), 10),
        ("proportional", found("", NOT_MET, share=0.335), 3.35),
        ("proportional", found("", NOT_MET), 0),
        ("proportional", found("", MET, share=1.0), 10),
    ],
)
def test_scoring_rules(rule: object, finding: Finding, points: float) -> None:
    card = fill(rubric_of({"check": CHECK, "score": rule}), [finding])
    assert card.points == points
    assert card.points_possible == 10


def test_a_bonus_lifts_but_never_costs() -> None:
    rubric = rubric_of(
        {"check": CHECK, "points": 90}, {"check": CHECK, "points": 10}, {"check": CHECK, "score": "bonus"}
    )
    assert fill(rubric, [MET, NOT_MET, MET]).score_pct == 100
    assert fill(rubric, [MET, NOT_MET, NOT_MET]).score_pct == 90
    assert fill(rubric, [MET, MET, MET]).score_pct == 100
    assert interval(fill(rubric, [MET, NOT_MET, REVIEW])) == (90, 90, 100)


def review(rubric: Rubric, index: int, outcome: Outcome, **more: Any) -> Review:
    criterion = [c for _, c in rubric.criteria()][index]
    fields = {
        "review_id": f"r{index}",
        "call_id": CALL.info.call_id,
        "rubric_id": rubric.rubric,
        "criterion_id": criterion.id,
        "criterion_digest": criterion.digest,
        "reviewer": "李敏",
        "reviewed_at": datetime(2026, 1, 2, tzinfo=UTC),
        "outcome": outcome,
        "reason": "听过录音",
    }
    return Review(**(fields | more))


class TestFatal:
    def rubric(self, **auto_fail: str) -> Rubric:
        fatal = {"check": CHECK, "severity": "fatal", "points": 20, "id": "fatal"}
        sections = [
            {"id": "a", "title": "甲", "criteria": [{"id": "x", "title": "x", "points": 60, "check": CHECK}]},
            {
                "id": "b",
                "title": "乙",
                "criteria": [
                    {**fatal, "title": "致命", **({"auto_fail": auto_fail} if auto_fail else {})},
                    {"id": "y", "title": "y", "points": 20, "check": CHECK},
                ],
            },
        ]
        return rubric_of(sections=sections, bands=BANDS)

    def test_a_machines_fatal_is_only_suspected(self) -> None:
        card = fill(self.rubric(), [MET, NOT_MET, MET])
        assert card.suspected_fatal == ("fatal",)
        assert card.auto_failed_by == ()
        assert interval(card) == (0, 80, 100)
        assert card.grade == "合格"

    def test_a_persons_review_makes_it_effective(self) -> None:
        rubric = self.rubric()
        card = fill(rubric, [MET, NOT_MET, MET], reviews=[review(rubric, 1, NOT_MET)])
        assert card.auto_failed_by == ("fatal",)
        assert card.suspected_fatal == ()
        assert interval(card) == (0, 0, 0)
        assert card.grade == "不合格"
        assert card.points == 0
        assert [s.auto_failed for s in card.sections] == [False, True]

    def test_a_persons_review_clears_it(self) -> None:
        rubric = self.rubric()
        card = fill(rubric, [MET, NOT_MET, MET], reviews=[review(rubric, 1, MET)])
        assert (card.auto_failed_by, card.suspected_fatal) == ((), ())
        assert interval(card) == (100, 100, 100)

    def test_a_person_may_find_what_the_machine_did_not(self) -> None:
        rubric = self.rubric()
        card = fill(rubric, [MET, MET, MET], reviews=[review(rubric, 1, NOT_MET)])
        assert card.auto_failed_by == ("fatal",)
        assert card.findings[1].finding.evidence

    def test_the_setting_lifts_the_need_for_a_person(self) -> None:
        card = fill(self.rubric(), [MET, NOT_MET, MET], fatal_needs_person=False)
        assert card.auto_failed_by == ("fatal",)
        assert card.score_pct == 0

    def test_a_doubtful_fatal_is_pending_not_suspected(self) -> None:
        card = fill(self.rubric(), [MET, REVIEW, MET])
        assert (card.auto_failed_by, card.suspected_fatal) == ((), ())
        assert interval(card) == (80, 100, 100)

    @pytest.mark.parametrize(
        ("scope", "mode", "pct", "grade"),
        [
            ("form", "zero", 0, "不合格"),
            ("form", "fail_keep_score", 80, "不合格"),
            ("section", "zero", 60, "不合格"),
            ("section", "fail_keep_score", 80, "合格"),
        ],
    )
    def test_effects(self, scope: str, mode: str, pct: float, grade: str) -> None:
        rubric = self.rubric(scope=scope, mode=mode)
        card = fill(rubric, [MET, NOT_MET, MET], fatal_needs_person=False)
        assert card.score_pct == pct
        assert card.grade == grade
        assert card.sections[1].auto_failed
        suspected = fill(rubric, [MET, NOT_MET, MET])
        assert suspected.score_low_pct == pct

    def test_a_certain_zero_is_not_withheld(self) -> None:
        card = fill(self.rubric(), [REVIEW, NOT_MET, MET], fatal_needs_person=False)
        assert card.score_pct == 0
        assert card.grade == "不合格"


class TestReviews:
    def test_a_review_decides_what_was_pending(self) -> None:
        rubric = form(60, 40)
        card = fill(rubric, [MET, REVIEW], reviews=[review(rubric, 1, NOT_MET)])
        assert interval(card) == (60, 60, 60)
        assert card.findings[1].finding.explanation.key == "reviewed"
        assert card.findings[1].finding.evidence, "a deduction by a person is traceable too"
        assert card.provenance["reviews"] == "r1"

    def test_the_latest_counts_in_whatever_order_they_come(self) -> None:
        rubric = form(60, 40)
        later = datetime(2026, 1, 3, tzinfo=UTC)
        marks = [
            review(rubric, 1, NOT_MET),
            review(rubric, 1, MET, review_id="r2", reviewed_at=later),
            review(rubric, 1, NOT_MET, review_id="r0", reviewed_at=later - timedelta(hours=1)),
        ]
        cards = {
            fill(rubric, [MET, REVIEW], reviews=list(order)).score_pct
            for order in itertools.permutations(marks)
        }
        assert cards == {100}

    def test_a_review_of_other_content_is_stale(self) -> None:
        rubric = form(60, 40)
        card = fill(rubric, [MET, NOT_MET], reviews=[review(rubric, 1, MET, criterion_digest="old")])
        assert card.score_pct == 60
        assert card.provenance["stale_reviews"] == "r1"
        assert "reviews" not in card.provenance

    @pytest.mark.parametrize("other", [{"call_id": "x"}, {"rubric_id": "x"}, {"criterion_id": "x"}])
    def test_a_review_of_something_else_is_passed_over(self, other: dict[str, str]) -> None:
        rubric = form(60, 40)
        card = fill(rubric, [MET, NOT_MET], reviews=[review(rubric, 1, MET, **other)])
        assert card.score_pct == 60
        assert card.provenance == {}

    def test_a_person_may_find_that_it_does_not_apply_or_leave_it_open(self) -> None:
        rubric = form(60, 40)
        assert fill(rubric, [MET, NOT_MET], reviews=[review(rubric, 1, NA)]).score_pct == 100
        card = fill(rubric, [MET, NOT_MET], reviews=[review(rubric, 1, REVIEW)], max_pending_pct=50)
        assert interval(card) == (60, 100, 100)


def test_findings_and_criteria_must_match() -> None:
    rubric = form(10, 10)
    arguments: dict[str, Any] = {
        "engine_digest": "e",
        "max_pending_pct": 20,
        "fatal_needs_person": True,
        "provenance": {},
    }
    for wrong in (
        [found("c0", MET)],
        [found("c0", MET), found("c0", MET)],
        [found("c0", MET), found("zz", MET)],
    ):
        with pytest.raises(ValueError, match="match"):
            score(rubric, wrong, CALL, **arguments)


OUTCOMES = st.sampled_from(list(Outcome))
ROWS = st.lists(
    st.tuples(
        st.integers(0, 50),
        OUTCOMES,
        st.sampled_from(["minor", "fatal"]),
        st.sampled_from(["all_or_nothing", "proportional", "bonus", {"per_hit": 3, "cap": 7}]),
        st.integers(0, 5),
        st.floats(0, 1),
    ),
    min_size=1,
    max_size=7,
)


@given(ROWS, st.booleans(), st.floats(0, 100), st.randoms(use_true_random=False))
def test_the_interval_holds_the_score_and_order_changes_nothing(
    rows: list[Any], needs_person: bool, max_pending: float, random: Any
) -> None:
    rubric = rubric_of(
        *(
            {"check": CHECK, "points": p, "severity": severity, "score": rule}
            for p, _, severity, rule, _, _ in rows
        ),
        bands=BANDS,
    )
    made = [
        replace(found(f"c{i}", outcome, hits=hits, share=share))
        for i, (_, outcome, _, _, hits, share) in enumerate(rows)
    ]
    arguments: dict[str, Any] = {
        "engine_digest": "e",
        "max_pending_pct": max_pending,
        "fatal_needs_person": needs_person,
        "provenance": {"model": "m"},
    }
    card = score(rubric, made, CALL, **arguments)
    assert_recomputed(told(card))
    shuffled = random.sample(made, len(made))
    assert score(rubric, shuffled, CALL, **arguments) == card
    low, pct, high = interval(card)
    assert (low is None) == (high is None)
    if low is not None and high is not None:
        assert 0 <= low <= high <= 100
        if pct is not None:
            assert low <= pct <= high
    else:
        assert pct is None
    fatal = [f"c{i}" for i, row in enumerate(rows) if row[1] is NOT_MET and row[2] == "fatal"]
    assert list(card.suspected_fatal) == (fatal if needs_person else [])
    assert list(card.auto_failed_by) == ([] if needs_person else fatal)
    assert card.points_possible == pytest.approx(sum(f.points_possible for f in card.findings))
    if not card.auto_failed_by:
        assert card.points == pytest.approx(sum(f.points for f in card.findings), abs=0.05)
