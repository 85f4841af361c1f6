"""What a case note asks its readers follows from what is said in the clip."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.domain.time import Span
from qa_pipeline.reports.clip_note import case_note, markdown
from qa_pipeline.reports.clip_questions import opening, questions, short
from qa_pipeline.reports.clip_view import ClipView, Line, Rule, Said
from qa_pipeline.reports.pages import chinese_marks


def line(role: str, start_s: int, text: str) -> Line:
    span = Span(start_ms=start_s * 1000, end_ms=start_s * 1000 + 900)
    return Line(role=role, who="客户" if role == "customer" else "坐席A", span=span, text=text)


TURNS = (
    line("agent", 0, "您好"),
    line("customer", 1, "我很生气"),
    line("agent", 2, "单号报一下，"),
    line("customer", 3, "你们到底管不管"),
)
ANGRY = Said(who="客户", quote="我很生气", words=("我很生气",), span=TURNS[1].span)
BAD = ClipView(
    number=1,
    folder="01_apology_not_met",
    audio="audio.mp3",
    title="致歉",
    kind="bad",
    rule=Rule(
        criterion_id="apology",
        title="致歉",
        section="流程",
        standard="A7",
        severity="major",
        rubric="投诉 v1",
        note=None,
        points=0,
        points_possible=6,
        confirmed=False,
        asked="客服要致歉",
    ),
    measured=None,
    pair=1,
    partner=2,
    other_fatal=(),
    why="只有这一条",
    agent="坐席A",
    queue="complaint",
    starts_ms=2200,
    call_ms=46_500,
    duration_ms=4_000,
    explanation="未听到致歉",
    said=(),
    occasion=ANGRY,
    better=("非常抱歉",),
    turns=TURNS,
    lines=TURNS,
    hidden=(),
    call_id=None,
)


def test_a_duty_missed_is_asked_about_by_what_the_customer_said_and_what_came_back() -> None:
    asked = questions(BAD, "zh")
    assert asked[0].startswith("客户说“我很生气”，坐席接着说“单号报一下”。")
    assert "“单号报一下”" in asked[1] and "案例 02" in asked[3] and len(asked) == 5
    assert questions(replace(BAD, occasion=None, partner=None), "zh")[0].startswith("“非常抱歉”这样的话")


def test_words_that_were_said_are_what_is_asked_about() -> None:
    said = Said(who="坐席A", quote="单号报一下", words=("报一下",), span=TURNS[2].span)
    bad = questions(replace(BAD, said=(said,)), "zh")
    assert all("“单号报一下”" in one for one in bad[:3])
    good = questions(replace(BAD, kind="good", said=(said,)), "zh")
    assert "哪几个字做到了“致歉”" in good[0] and "“你们到底管不管”" in good[1]
    last = questions(replace(BAD, kind="good", said=(replace(said, span=TURNS[3].span),)), "zh")
    assert "你们到底管不管" not in last[1]  # nothing follows it


def test_the_situation_is_told_by_the_sentence_the_rule_hangs_on() -> None:
    assert opening(BAD) == "我很生气"
    assert opening(replace(BAD, occasion=None)) == "我很生气"
    assert opening(replace(BAD, occasion=None, turns=TURNS[:1])) is None
    assert short("长" * 41) == "长" * 40 + "…" and short("好,") == "好"


def test_a_good_stretch_of_a_call_with_a_fatal_fault_is_shown_with_a_warning() -> None:
    note = markdown(case_note(replace(BAD, kind="good", other_fatal=("不私下了结",)), "zh"))
    assert "另有（疑似）致命差错：不私下了结" in note
    assert "业务：投诉" in note and "长 4.0 秒" in note and "要求：客服要致歉。" in note
    assert "致命差错" not in markdown(case_note(BAD, "zh"))


def test_marks_between_chinese_characters_are_full_width() -> None:
    assert chinese_marks("您好,工号3,107?ok, yes好!") == "您好，工号3,107?ok, yes好！"
