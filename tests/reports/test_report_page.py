"""The page says what the report says, in words that don't claim more, and loads nothing."""

import re
from dataclasses import fields, replace

import pytest
from html_check import Page
from report_sample import AGENT, CASE, CRITERION, EVIL, NEW_AGENT, TREND, empty, figure, sample

from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Counts, Verdict
from qa_pipeline.i18n import Lang
from qa_pipeline.reports.report_page import render_report
from qa_pipeline.reports.report_words import signed


def page(report: PeriodReport, lang: Lang = "zh") -> Page:
    return Page(
        render_report(report, lang=lang, links=lambda call, second: f"./calls/{call}.html#t={second}")
    )


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_loads_nothing(lang: Lang) -> None:
    shown = page(sample(), lang)
    assert shown.faults == []
    for tag, attributes in shown.elements:
        assert tag not in ("script", "link", "img", "iframe")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert not attributes.get("href", "#").startswith(("http", "//", "javascript"))
    ids = [attributes["id"] for _, attributes in shown.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    anchors = {a["href"][1:] for a in shown.named("a") if a.get("href", "").startswith("#")}
    assert anchors <= set(ids)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sections_come_in_the_order_of_the_morning(lang: Lang) -> None:
    ids = [attributes.get("id") for attributes in page(sample(), lang).named("section")]
    wanted = ["cases", "figures", "criteria", "groups", "agents", "not_scored", "topics", "measures", "rates"]
    wanted += ["trends", "follow_ups", "training", "exceptions", "improvements", "advice"]
    assert [i for i in ids if i in wanted] == wanted


def test_received_is_the_sum() -> None:
    text = words(page(sample()).text)
    assert "收到通话 500" in text
    for part in ("480 已评分", "9 其中暂无得分（待复核）", "12 未评分", "5 处理失败", "3 处理中"):
        assert part in text


@pytest.mark.parametrize(
    ("share", "caption"), [(0.8, "深色合计占失分约八成"), (0.79, "右边是累计占全部失分的比例")]
)
def test_eighty_per_cent_is_claimed_only_where_the_bars_reach_it(share: float, caption: str) -> None:
    report = replace(sample(), criteria=(replace(CRITERION, cumulative_share=share),))
    text = page(report).text
    assert [c in text for c in ("深色合计占失分约八成", "右边是累计占全部失分的比例")].count(True) == 1
    assert caption in text


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.004, "+0.00"), (-0.006, "-0.01"), (0.0, "+0.00"), (1.5, "+1.50")]
)
def test_what_rounds_to_nothing_is_no_decrease(value: float, shown: str) -> None:
    assert signed(value, 2) == shown


def test_changes_are_said_as_sure_as_they_are() -> None:
    text = words(page(sample()).text)
    assert "比上月 -1.75 个百分点，变差" in text
    assert "比上月 +0.20 个百分点，无明显差异" in text
    assert "样本不足，不作判断" in text
    assert "评分表已更换，不作比较" in text
    # A longer call is neither better nor worse.
    assert "比上月 +20 秒，升高" in text
    assert "目标 92.00%，未达到" in text
    assert "目标 95.0%，达到" in text


def test_a_suspected_case_is_linked_to_its_second_and_not_called_a_fact() -> None:
    shown = page(sample())
    links = [a["href"] for a in shown.named("a")]
    assert "./calls/20260331-00017.html#t=83.4" in links
    text = words(shown.text)
    assert "疑似致命 1 例（等人确认，未生效），已确认致命 0 例，严重差错 1 例" in text
    assert "2026-03-31 01:30" in text  # business time
    assert "置信度 93%" in text


def test_a_case_without_a_page_has_no_link() -> None:
    shown = Page(render_report(sample(), lang="zh", links=lambda *_: None))
    assert not [a for a in shown.named("a") if "t=" in a.get("href", "")]
    assert CASE.call_id in shown.text


def test_positions_are_ranges_and_too_few_calls_are_not_judged() -> None:
    text = words(page(sample()).text)
    assert "第 7–11 位（共 12 人）" in text
    assert "样本不足（少于 30 通），不作判断" in text
    assert "明显差于全体均值：刘洋 3105。" in text
    alone = words(page(replace(sample(), agents=(NEW_AGENT,))).text)
    assert "第" not in alone.split("绩效页 · 3199")[1].split("怎样读")[0]
    assert "样本不足：少于 30 通" in alone


def test_agents_that_cannot_be_told_apart_are_said_to_be_alike() -> None:
    alike = replace(AGENT, against_centre=Verdict.NO_DIFFERENCE_SHOWN)
    assert "没有一位坐席有明显差异" in page(replace(sample(), agents=(alike,))).text


def test_calls_without_a_score_say_why_even_with_an_unknown_code() -> None:
    text = page(sample()).text
    assert "几乎没有人说话" in text
    assert "somewhere.unheard_of" in text


def test_notes_without_words_are_shown_as_they_are() -> None:
    text = page(sample()).text
    assert "not a known key: ids: a、b, n: 3（如 c-1）" in text


def test_the_trend_shows_target_limits_gap_and_signal() -> None:
    shown = page(sample())
    assert "异常点（最近的在前）：3-6（超出控制限）" in shown.text
    assert "换评分表" in shown.text
    assert "目标 97%" in shown.text
    # A day without calls is a gap: the line is in two pieces.
    chart = next(
        i for i, (tag, a) in enumerate(shown.elements) if tag == "svg" and a.get("aria-label") == "合格率"
    )
    pieces = [tag for tag, _ in shown.elements[chart : chart + 80] if tag == "polyline"]
    assert len(pieces) >= 2


def test_two_points_are_no_course_and_without_limits_nothing_is_called_calm() -> None:
    two = replace(TREND, points=TREND.points[:2])
    assert "数据还不足以画走势" in page(replace(sample(), trends=(two,))).text
    bare = tuple(replace(p, signals=(), lower_limit=None, upper_limit=None) for p in TREND.points)
    unjudged = page(replace(sample(), trends=(replace(TREND, centre_line=None, points=bare),))).text
    assert "不判断是否异常" in unjudged
    assert "没有点触发判异规则" not in unjudged


def test_what_has_no_good_direction_is_judged_by_its_interval() -> None:
    longer = replace(figure("duration_s", 210.0, 190.0, Verdict.WORSE), higher_is_better=None)
    for low, said in ((1.0, "升高"), (-5.0, "无明显差异")):
        estimate = replace(longer.estimate, verdict=None, change_low=low, change_high=30.0)
        text = words(page(replace(sample(), key_figures=(replace(longer, estimate=estimate),))).text)
        assert f"比上月 +20 秒，{said}" in text


def test_one_agent_gets_a_sheet_and_no_table_of_others() -> None:
    report = replace(sample(), scope=Scope(kind=ScopeKind.AGENT, id="3105", name="刘洋"), agents=(AGENT,))
    shown = page(report)
    assert "质检月报 · 坐席 刘洋" in shown.text
    assert "绩效页 · 刘洋 3105（华南二组（另在 华东一组））" in shown.text
    assert "扣分 41 次，共 133.5 分；申诉待定 2 件，已结 3 件，其中改判 1 件" in shown.text
    assert "agents" not in [s.get("id") for s in shown.named("section")]


def test_many_agents_have_no_sheets_on_the_centres_page() -> None:
    many = tuple(replace(AGENT, agent_id=str(4000 + n)) for n in range(150))
    shown = page(replace(sample(), agents=many))
    assert "绩效页" not in shown.text
    assert "另有 50 行" in shown.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_period_says_so(lang: Lang) -> None:
    shown = page(empty(), lang)
    assert shown.faults == []
    said = "没有收到任何通话" if lang == "zh" else "No call was received"
    assert said in shown.text
    assert "0.0%" not in shown.text


def test_one_call_makes_a_page() -> None:
    report = replace(sample(), counts=Counts(scored=1), agents=(NEW_AGENT,), teams=(), queues=(), trends=())
    shown = page(report)
    assert shown.faults == []
    assert "数据还不足以画走势" in shown.text


def test_nothing_that_is_said_becomes_markup() -> None:
    report = replace(
        sample(),
        urgent=(
            replace(
                CASE,
                **{
                    f.name: EVIL
                    for f in fields(CASE)
                    if f.name in ("quote", "title", "agent_name", "call_id")
                },
            ),
        ),
        criteria=(replace(CRITERION, title=EVIL),),
        agents=(replace(AGENT, agent_name=EVIL), replace(AGENT, agent_id=EVIL)),
    )
    shown = page(report)
    assert shown.faults == []
    assert not shown.named("script")


def test_equal_reports_give_equal_pages() -> None:
    assert render_report(sample(), lang="zh", links=lambda *_: None) == render_report(
        sample(), lang="zh", links=lambda *_: None
    )
