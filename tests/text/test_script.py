import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken import say

from qa_pipeline.domain.time import Span
from qa_pipeline.text.script import script
from qa_pipeline.text.types import Match, MatchMode, PartMatch

OPENING = (
    "您好[，这里是]{company}[客户]服务中心，工号{agent_id}[很高兴](为您服务|为您效劳)，请问有什么可以帮您"
)
SLOTS = {"company": "云帆物流", "agent_id": "3107"}


def one(
    template: str, *spoken: str | int, slots: dict[str, str | None] | None = None, **options: object
) -> Match:
    (match,) = script(template, slots=slots or {}, **options).find(say(*spoken))  # type: ignore[arg-type]
    return match


def part(match: Match, expected: str) -> PartMatch:
    return next(p for p in match.parts if p.expected == expected)


def test_the_opening_of_the_manual_is_recognised_through_its_errors() -> None:
    match = one(OPENING, "您好云帆物流客服服务中心公号三一零七为您服务请问有什么可以帮您", slots=SLOTS)
    assert (match.verdict, match.coverage) == ("hit", 1)
    assert match.confidence > 0.9
    number = part(match, "3107")
    assert (number.kind, number.said, number.quote) == ("slot", True, "三一零七")
    assert number.span == Span(start_ms=2800, end_ms=3600)
    assert not part(match, "这里是").obligatory
    assert part(match, "为您服务").kind == "choice"


@pytest.mark.parametrize("said", ["八零二六", "8026", "八千零二十六", "8,026", "八洞两六"])
def test_a_number_may_be_spoken_any_way(said: str) -> None:
    match = one("工号{agent_id}为您服务", f"公号{said}位您服务", slots={"agent_id": "8026"})
    assert (match.verdict, match.coverage) == ("hit", 1)
    assert part(match, "8026").quote == said


@pytest.mark.parametrize("said", ["三一零八", "三一七", "三一一零七", "五二六六", "三一零七二", "九三一零七"])
def test_another_number_is_not_the_number(said: str) -> None:
    match = one(OPENING, f"您好云帆物流服务中心工号{said}为您服务请问有什么可以帮您", slots=SLOTS)
    number = part(match, "3107")
    assert not number.said
    assert number.quote == said
    assert match.coverage == pytest.approx(25 / 29, abs=1e-3)


def test_a_repeated_or_misheard_number_is_the_number() -> None:
    assert part(one("工号{id}为您服务", "工号3107，3107为您服务", slots={"id": "3107"}), "3107").said
    assert part(one("工号{id}为您服务", "工号三幺灵七为您服务", slots={"id": "3107"}), "3107").said


def test_leading_zeros_may_be_left_out() -> None:
    assert part(one("工号{id}为您服务", "工号四十二为您服务", slots={"id": "0042"}), "0042").said


@pytest.mark.parametrize("slots", [{"agent_id": None}, {"agent_id": ""}, {}])
def test_a_missing_value_matches_by_its_type_and_says_so(slots: dict[str, str | None]) -> None:
    match = one("工号{agent_id}为您服务", "工号八零二六为您服务", slots=slots)
    number = part(match, "{agent_id}")
    assert (number.said, number.quote, number.note) == (True, "八零二六", "slot_value_unknown")
    assert match.coverage == 1


def test_typed_slots() -> None:
    match = one("我叫{name}，工号{number:4-8}为您服务", "我叫张伟，工号三一零七为您服务")
    assert [(p.expected, p.quote) for p in match.parts if p.kind == "slot"] == [
        ("{name}", "张伟"),
        ("{number:4-8}", "三一零七"),
    ]
    match = one("您的单号是{any:0-12}，对吗", "您的单号是YT三零四五对吗")
    assert part(match, "{any}").quote == "YT三零四五"
    assert one("您的单号是{any:0-12}，对吗", "您的单号是对吗").coverage == 1


def test_a_number_of_the_wrong_length_is_not_said() -> None:
    match = one("您的工号{number:4-8}为您服务", "您的工号三一为您服务", min_coverage=0.5)
    assert not part(match, "{number:4-8}").said


def test_options_and_alternatives() -> None:
    for spoken in ("请稍等", "请您稍候一下", "麻烦请您稍等一下"):
        match = one("[麻烦]请[您](稍等|稍候)[一下]", spoken)
        assert (match.verdict, match.coverage) == ("hit", 1)
        assert match.quote == spoken
    match = one("感谢(来电|您的(来电|支持))祝您生活愉快", "感谢您的支持祝您生活愉快")
    assert match.coverage == 1
    assert "来电" not in [p.expected for p in match.parts]


def test_what_is_missing_is_named() -> None:
    match = one(OPENING, "云帆物流服务中心工号三一零七为您服务请问有什么可以帮您", slots=SLOTS)
    assert match.verdict == "hit"
    assert [p.expected for p in match.parts if p.obligatory and not p.said] == ["您好"]
    pattern = script(OPENING, slots=SLOTS)
    rude = say("喂云帆物流什么事")
    assert pattern.find(rude) == ()
    near = pattern.nearest(rude)
    assert near is not None
    assert part(near, "云帆物流").said
    assert near.coverage < 0.3
    assert pattern.nearest(say()) is None


def test_min_coverage() -> None:
    spoken = "您好云帆物流服务中心为您服务"
    assert script(OPENING, slots=SLOTS).find(say(spoken)) == ()
    assert one(OPENING, spoken, slots=SLOTS, min_coverage=0.4).verdict == "hit"


def test_a_script_may_be_interrupted_and_pause_between_its_parts() -> None:
    match = one(
        OPENING,
        "您好云帆物流",
        1500,
        "服务中心",
        5000,
        "工号三一零七为您服务",
        900,
        "请问有什么可以帮您",
        slots=SLOTS,
    )
    assert (match.verdict, match.coverage) == ("hit", 1)


def test_every_telling_is_found_in_order() -> None:
    line = "请您稍等，我为您查询一下"
    found = script("请您稍等，我为您查询一下", slots={}).find(say(line, 3000, "好的" * 30, 3000, line))
    assert [m.quote for m in found] == [line, line]


def test_parts_stand_in_their_order() -> None:
    assert (
        script("感谢您的来电，祝您生活愉快", slots={}, min_coverage=1).find(say("祝您生活愉快感谢您的来电"))
        == ()
    )


def test_short_scripts_are_judged_like_phrases() -> None:
    assert script("请您稍等", slots={}).find(say("请您看一下")) == ()
    assert [m.verdict for m in script("请您稍等", slots={}).find(say("请您烧一下"))] == ["doubtful"]
    assert script("(感谢您的耐心等待|让您久等了)", slots={}).find(say("我刚才让您查的零九零一")) == ()


def test_an_unsaid_alternative_names_them_all() -> None:
    match = one(OPENING, "您好云帆物流服务中心工号三一零七请问有什么可以帮您", slots=SLOTS)
    assert [p.expected for p in match.parts if p.obligatory and not p.said] == ["为您服务|为您效劳"]


def test_exact_means_exact() -> None:
    match = one(
        "感谢您的来电，祝您生活愉快", "感谢您的来电祝你生活愉快", mode=MatchMode.EXACT, min_coverage=0.5
    )
    assert [p.said for p in match.parts] == [True, False]


@pytest.mark.parametrize("mode", list(MatchMode))
def test_modes(mode: MatchMode) -> None:
    template = "感谢您的来电，祝您生活愉快"
    assert one(template, "感谢您的来电祝您生活愉快", mode=mode).coverage == 1
    found = script(template, slots={}, mode=mode).find(say("赶些林的来店住您身或鱼块"))
    assert bool(found) == (mode is MatchMode.PHONETIC)


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "您好",
                "云帆",
                "物流",
                "服务中心",
                "工号",
                "三一零七",
                "3107",
                "为您服务",
                "请问",
                "有什么",
                "帮您",
                "嗯",
                "喂",
                "稍等",
                5000,
            ]
        ),
        max_size=14,
    )
)
def test_any_talk_is_read_without_harm(spoken: list[str | int]) -> None:
    text = say(*spoken)
    pattern = script(OPENING, slots=SLOTS)
    found = pattern.find(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    for match in (*found, *filter(None, [pattern.nearest(text)])):
        assert 0 <= match.coverage <= 1
        assert 0 <= match.confidence <= 1
        assert match.span == text.span(match.start, match.end)
        places = [p.span.start_ms for p in match.parts if p.said and p.span]
        assert places == sorted(places)
    assert pattern.find(text) == found
