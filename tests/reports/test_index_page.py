"""The index lists every call that was received, worst first, with reasons."""

import re
from dataclasses import replace

import page_sample as sample
import pytest
from html_check import Page

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard
from qa_pipeline.i18n import Lang
from qa_pipeline.reports.index_page import render_index

pytestmark = pytest.mark.usefixtures("sample_messages")
EVIL = "<script>alert(1)</script>"


def scored(call_id: str, card: Scorecard) -> CallResult:
    card = replace(card, call_id=call_id)
    return CallResult(call_id=call_id, source_name=f"{call_id}.wav", status=CallStatus.SCORED, scorecard=card)


def results() -> list[CallResult]:
    card = sample.make_scorecard(sample.make_call())
    calm = replace(card, suspected_fatal=())
    no_rubric = {"queue": "vip", "direction": "inbound"}
    return [
        scored("good", replace(calm, score_pct=91.5, score_low_pct=91.5, score_high_pct=91.5, grade="良好")),
        CallResult(call_id="late", source_name="late.wav", status=CallStatus.PENDING),
        CallResult(
            call_id="vip",
            source_name="vip.wav",
            status=CallStatus.NOT_SCORED,
            code="call.no_rubric",
            params=no_rubric,
        ),
        scored("low", replace(calm, score_pct=40.0, score_low_pct=30.0, score_high_pct=55.0)),
        CallResult(
            call_id="odd",
            source_name="odd.wav",
            status=CallStatus.FAILED,
            code="nowhere.known",
            params={"at": 3},
        ),
        scored("fatal", card),
    ]


def render(given: list[CallResult] | None = None, *, lang: Lang = "zh", **more: object) -> str:
    given = results() if given is None else given
    links = {r.call_id: f"{r.call_id}.html" for r in given if r.scorecard}
    return render_index(given, links=links, lang=lang, title="质检评分", rubrics=[sample.RUBRIC], **more)


def order(html: str) -> list[str]:
    return re.findall(r'<th scope="row" data-v="([^"]*)"', html)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_index_is_balanced_self_contained_and_repeatable(lang: Lang) -> None:
    html = render(lang=lang)
    page = Page(html)
    assert page.faults == []
    assert not re.search(r"https?:|//[a-z]", html)
    assert html == render(lang=lang)
    hrefs = [a["href"] for a in page.named("a")]
    assert {h.partition("#")[0] for h in hrefs} == {"./good.html", "./low.html", "./fatal.html"}


def test_nothing_received_is_missing_and_the_counts_add_up() -> None:
    html = render()
    assert sorted(order(html)) == sorted(r.call_id for r in results())
    assert "共收到 6 通 ＝ 已评分 3 ＋ 未评分 1 ＋ 处理失败 1 ＋ 处理中 1" in Page(html).text


def test_suspected_fatal_first_then_the_lowest_then_those_without_a_score() -> None:
    assert order(render()) == ["fatal", "low", "good", "odd", "vip", "late"]


def test_reasons_stand_beside_every_call() -> None:
    text = Page(render()).text
    assert "没有适用的评分表（队列：vip，方向：inbound）。" in text
    assert "nowhere.known at=3" in text
    assert "告知具体答复时间" in text
    assert "−10" in text
    assert "还没有处理完" in text
    assert "区间 30–55" in text


def test_worst_losses_come_first_and_lead_to_their_place() -> None:
    html = render([results()[-1]])
    items = re.findall(r'href="./fatal.html#c-(\w+)"', html)
    assert items == ["no_private_settlement", "answer_time", "apology", "forbidden_rule_hiding", "hedging"]


def test_a_call_with_a_score_and_something_to_review_is_counted_as_what_it_is() -> None:
    card = sample.make_scorecard(sample.make_call())
    assert card.score_pct is not None
    assert any(s.finding.outcome is Outcome.NEEDS_REVIEW for s in card.findings)
    text = Page(render([scored("one", card)])).text
    assert "有待复核项的通话 1" in text
    assert "暂无得分" not in text


def test_medians_are_kept_apart_by_rubric() -> None:
    card = sample.make_scorecard(sample.make_call())
    other = replace(card, rubric_id="inbound_enquiry", rubric_digest="77" * 32, score_pct=None)
    text = Page(render([*results(), scored("other", other)])).text
    assert "来电投诉质检表 第 1 版：3 通，得分率中位数 52.54%" in text
    assert "inbound_enquiry 第 1 版：1 通，均待复核" in text
    assert "不合并求平均" in text


def test_agents_are_named_where_known() -> None:
    assert "林晓 · 3107" in Page(render(infos={"good": sample.make_call().info})).text


def test_hostile_ids_stay_text_and_links_stay_paths() -> None:
    card = sample.make_scorecard(sample.make_call())
    bad = [scored("javascript:alert(1)", card), scored(EVIL, card)]
    html = render_index(
        bad, links={b.call_id: b.call_id for b in bad}, lang="zh", title=EVIL, rubrics=[sample.RUBRIC]
    )
    page = Page(html)
    assert page.faults == []
    assert len(page.named("script")) == 1
    assert all(a["href"].startswith("./") and ":" not in a["href"] for a in page.named("a"))
    assert EVIL in page.text


def test_an_empty_run_has_an_index() -> None:
    page = Page(render([]))
    assert page.faults == []
    assert "没有收到任何通话" in page.text
