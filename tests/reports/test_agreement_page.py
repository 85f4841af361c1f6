"""The agreement page: what needs work comes first, and nothing on it can break it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from html_check import Page

from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.domain.time import Span
from qa_pipeline.i18n import Lang
from qa_pipeline.reporting.agreement_result import AgreementResult, CriterionResult, Difference, FatalCase
from qa_pipeline.reports.agreement_chart import Scale, interval, scale
from qa_pipeline.reports.agreement_page import CALLS_SHOWN, cases_of, render_agreement
from qa_pipeline.rules.rubric_edit import Edit
from qa_pipeline.scoring.agreement import Figure, Mark, agreement
from qa_pipeline.scoring.thresholds import Errors, Suggestion

MET, NOT_MET = Outcome.MET, Outcome.NOT_MET
ODD = '<b>"错"&\''


def finding(criterion_id: str, outcome: Outcome = NOT_MET, start_ms: int = 12_300) -> Finding:
    return Finding(
        criterion_id=criterion_id,
        operator="human",
        outcome=outcome,
        confidence=0.9,
        evidence=(Evidence(kind="searched", span=Span(start_ms=start_ms, end_ms=start_ms + 2_000)),),
        explanation=Message(key="reviewed", params={"reviewer": "机", "reason": ODD}),
    )


def criterion(name: str, wrong: int, *, calls: int = 40, reason: str = "听录音") -> CriterionResult:
    """Two people who agree with each other, and with the machine but for the first ``wrong`` calls."""
    marks, differences = [], []
    for number in range(calls):
        machine = NOT_MET if number < wrong or number % 4 == 0 else MET
        person = MET if number < wrong else machine
        call_id = f"{name}-{number:03d}"
        marks.append(Mark(call_id=call_id, criterion_id=name, rater="", outcome=machine))
        for reviewer in ("李", "王"):
            marks.append(Mark(call_id=call_id, criterion_id=name, rater=reviewer, outcome=person))
            if number < wrong:
                differences.append(
                    Difference(
                        call_id=call_id,
                        duration_ms=700_000 if number else 60_000,
                        finding=finding(name),
                        reviewer=reviewer,
                        outcome=person,
                        reason=reason,
                    )
                )
    (figures,) = agreement(marks)
    return CriterionResult(
        rubric_id="form",
        versions=(1, 2),
        criterion_id=name,
        title=f"标题{name}",
        figures=figures,
        differences=tuple(differences),
    )


def fatal(call_id: str, outcome: Outcome | None) -> FatalCase:
    mark = outcome and Review(
        review_id=f"r-{call_id}",
        call_id=call_id,
        rubric_id="form",
        criterion_id="abuse",
        criterion_digest="d",
        reviewer="主管",
        reviewed_at=datetime(2026, 3, 1, tzinfo=UTC),
        outcome=outcome,
        reason=ODD,
    )
    return FatalCase(
        call_id=call_id,
        duration_ms=60_000,
        rubric_id="form",
        criterion_id="abuse",
        title="不辱骂客户",
        finding=finding("abuse"),
        mark=mark,
    )


FOUND = AgreementResult(
    num_calls=80,
    reviewers=("李", "王"),
    criteria=(criterion("off", 20, reason=ODD), criterion("fine", 0)),
    fatals=(fatal("f1", MET), fatal("f2", None), fatal("f3", NOT_MET), fatal("f4", Outcome.NEEDS_REVIEW)),
    confirmed=Figure(value=0.5, low=0.1, high=0.9, n=2),
)


def page(found: AgreementResult = FOUND, lang: Lang = "zh", **more: object) -> str:
    arguments = {
        "days": (date(2026, 3, 1), date(2026, 3, 31)),
        "scope": "全中心",
        "enough": 0.9,
        "lang": lang,
        "links": {},
    }
    return render_agreement(found, **(arguments | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_one_whole_document(lang: Lang) -> None:
    read = Page(page(lang=lang))
    assert read.faults == []
    assert not read.named("link")
    assert not read.named("img")
    assert not read.named("script")
    assert page(lang=lang) == page(lang=lang)
    assert ODD in read.text  # escaped, not lost
    assert '<b>"错' not in page(lang=lang)


def test_what_needs_work_comes_first_and_the_rest_does_not(lang: Lang = "zh") -> None:
    text = Page(page()).text
    first, rest = text.split("全部评分项", 2)[1:]
    assert "标题off" in first
    assert "机器扣得偏多" in first
    assert "标题fine" not in first
    assert "标题fine" in rest
    assert f"另有 {20 - CALLS_SHOWN} 通" in first
    assert f"off-{CALLS_SHOWN - 1:03d}" in first
    assert f"off-{CALLS_SHOWN:03d}" not in text


def test_where_to_listen_and_what_each_said() -> None:
    text = Page(page()).text
    assert "12.3–14.3 秒" in text
    assert "0:12.3–0:14.3" in text  # in long calls as minutes
    row = text[text.index("off-000") : text.index("off-001")]
    assert "未达标" in row
    assert row.count("达标") - row.count("未达标") == 2
    assert "李：" in row
    assert "王：" in row


def test_calls_are_linked_where_their_pages_are_known() -> None:
    read = Page(page(links={"off-000": "../pages/off-000.html", "f3": "f3.html"}))
    links = [a["href"] for a in read.named("a")]
    assert "../pages/off-000.html#c-off" in links
    assert "f3.html#c-abuse" in links
    assert not any("off-001" in link for link in links)


def test_suspected_fatals_say_what_became_of_them() -> None:
    read = Page(page())
    assert "报了 4 项疑似致命：人确认 1 项，驳回 1 项，还没判 2 项" in read.text
    assert "判过的里确认了 50%（95% 区间 10–90%）" in read.text
    assert [len(read.having(state)) for state in ("confirmed", "rejected", "open")] == [1, 1, 2]
    assert "疑似致命，人怎么判" not in Page(page(replace(FOUND, fatals=()))).text


def test_every_term_is_explained_in_plain_words() -> None:
    text = Page(page()).text
    for said in ("0 是和瞎猜一样", "Krippendorff", "要求 90%", "低于 0.667", "95% 的把握", "漏判"):
        assert said in text


def test_without_reviews_it_says_what_to_do() -> None:
    empty = AgreementResult(num_calls=0, reviewers=(), criteria=(), fatals=(), confirmed=Figure(value=None))
    read = Page(page(empty))
    assert read.faults == []
    assert "qa sample" in read.text


def test_nothing_to_mend_is_said() -> None:
    fine = replace(FOUND, criteria=(criterion("fine", 0),))
    assert "没有哪个评分项被证明需要修改" in Page(page(fine)).text


def suggestion() -> Suggestion:
    now, then = FOUND.criteria[0].figures, FOUND.criteria[1].figures
    return Suggestion(
        rubric_id="form",
        rubric_version=2,
        criterion_id="off",
        title="标题off",
        key="seconds",
        path="check.seconds",
        current=None,
        suggested=7.5,
        num_calls=40,
        num_marks=80,
        num_agents=6,
        now=now,
        then=then,
        errors_now=Errors(wrong_deductions=40),
        errors_then=Errors(missed=1),
        gain=Figure(value=1.0),
        gain_by_agent=Figure(value=1.0),
        changed=(),
        edit=Edit(line=12, column=3, old="seconds: 5", new="seconds: 7.5"),
        old_text="seconds: 5",
        new_text="seconds: 7.5",
        diff="@@ -12 +12 @@\n-seconds: 5 # <5\n+seconds: 7.5\n",
        failing_examples=(30, 31),
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_suggestions_have_a_place_of_their_own(lang: Lang) -> None:
    assert "check.seconds" not in page(lang=lang)
    read = Page(page(lang=lang, suggestions=(suggestion(),)))
    assert read.faults == []
    assert "check.seconds" in read.text
    assert "-seconds: 5 # <5" in read.text
    assert "+seconds: 7.5" in read.text
    assert "30" in read.text


def test_the_calls_it_names_are_known_for_the_audit_log() -> None:
    named = cases_of(FOUND)
    assert set(named) == {f"off-{n:03d}" for n in range(CALLS_SHOWN)} | {"f1", "f2", "f3", "f4"}


def test_numbers_that_people_typed_or_named_calls_by_stay_out() -> None:
    one = criterion("off", 20, reason="客户报了13800138000")
    phoned = replace(one, differences=tuple(replace(d, call_id="13912345678") for d in one.differences[:2]))
    read = Page(page(replace(FOUND, criteria=(phoned,), fatals=(fatal("13700001111", MET),))))
    assert "call-" in read.text
    for number in ("13800138000", "13912345678", "13700001111"):
        assert number not in read.text


def test_intervals_are_drawn_to_scale_and_within_it() -> None:
    on = Scale(low=-0.5, limit=0.667, form=lambda v: f"{v:g}")
    drawn = interval(Figure(value=-0.9, low=-1.0, high=0.25, n=9), on, ODD, stands_out=True)
    root = ElementTree.fromstring(drawn)
    bar = next(e for e in root.iter("line") if e.get("stroke-width") == "3")
    assert float(bar.get("x1", "")) == on.x(-0.5)
    assert float(bar.get("x2", "")) == on.x(0.25) == (on.x(-0.5) + on.x(1.0)) / 2
    assert list(root.iter("polygon"))
    assert not interval(Figure(value=None), on, "", stands_out=False)
    assert not list(
        ElementTree.fromstring(interval(Figure(value=1.0), on, "", stands_out=False)).iter("polygon")
    )
    assert "0.667" in scale("α", on)
