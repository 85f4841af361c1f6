import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import say

from qa_pipeline.domain.time import Span
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import match_confidence, phrase
from qa_pipeline.text.types import MatchMode


def verdict(text: str, *spoken: str | int, **options: object) -> str | None:
    """The verdict on the one place found, or None."""
    found = phrase(text, **options).find(say(*spoken))  # type: ignore[arg-type]
    assert len(found) <= 1
    return found[0].verdict if found else None


@given(st.text(alphabet="您好请稍等一下万一十分两位三千零幺8026知道不abc嗯，。", min_size=1, max_size=12))
def test_a_phrase_always_matches_itself(text: str) -> None:
    if normalize(text):
        for mode in MatchMode:
            for forbidding in (False, True):
                (match,) = phrase(text, mode=mode, forbidding=forbidding).find(say(text))[:1]
                assert (match.verdict, match.similarity) == ("hit", 1)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("不知道", "不指导"), ("关我什么事", "管我什么是"), ("请您稍等", "请您烧等"), ("感谢您的来电", "感谢林的来电"),
        ("祝您生活愉快", "祝你生活愉快"), ("二十四小时内", "24小时内"), ("三个工作日", "3个工作日"),
        ("工号8026", "公号八千零二十六"), ("一下", "以下"), ("两位", "2位"),
        ("客户服务中心", "客户福务中心"), ("没有问题", "美有问题"), ("身份证", "身分证"),
    ],
)  # fmt: skip
def test_what_sounds_alike_is_the_same(text: str, heard: str) -> None:
    assert verdict(text, "好的" + heard + "啊") == "hit"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("随便你", "我马上给您"), ("不可能", "不可以"), ("没办法", "没方法吗"), ("别啰嗦", "别的说"),
        ("不归我管", "不给我看"), ("你急什么", "您要什么"), ("我没空", "我没收到"),
    ],
)  # fmt: skip
def test_a_deduction_needs_more_than_a_likeness(text: str, heard: str) -> None:
    assert verdict(text, "嗯" + heard + "了", forbidding=True) != "hit"


def test_short_phrases_demand_closer_matches_than_long_ones() -> None:
    assert verdict("稍等", "稍停") is None
    assert verdict("麻烦您稍微等一下好吗", "麻烦您稍微停一下好吗") == "hit"


def test_forbidding_is_stricter_and_says_when_in_doubt() -> None:
    assert verdict("我也没办法", "那也没办法") == "hit"
    assert verdict("我也没办法", "那也没办法", forbidding=True) == "doubtful"
    assert verdict("我也没办法", "我也没办法", forbidding=True) == "hit"


def test_modes() -> None:
    assert verdict("请您稍等", "请您烧等", mode=MatchMode.EXACT) is None
    assert verdict("请您稍等片刻好吗", "请您烧等片刻好吗", mode=MatchMode.FUZZY) == "hit"
    assert verdict("请您稍等", "青林烧登", mode=MatchMode.FUZZY) is None
    assert verdict("请您稍等", "青林烧登") == "hit"
    assert verdict("两位", "二位", mode=MatchMode.EXACT) == "hit"


def test_interruptions_fillers_and_stutter_do_not_hide_a_phrase() -> None:
    assert verdict("请您稍等", "请您", 1500, "稍等") == "hit"
    assert verdict("请您稍等", "请您嗯稍那个等", forbidding=True) == "hit"
    assert verdict("不知道", "我不不知知道") == "hit"
    assert verdict("请您稍等", "请您", 4001, "稍等") is None


def test_every_occurrence_is_found_with_its_time() -> None:
    found = phrase("谢谢您").find(say("谢谢您", 1000, "好的谢谢您"))
    assert [(m.start, m.end) for m in found] == [(0, 3), (5, 8)]
    assert [m.span for m in found] == [Span(start_ms=0, end_ms=600), Span(start_ms=2000, end_ms=2600)]
    assert [m.quote for m in found] == ["谢谢您", "谢谢您"]


@pytest.mark.parametrize(
    ("text", "innocents", "heard", "expected"),
    [
        ("不知道", ["知道不知道"], "请问您知道不知道订单号", None),
        ("不知道", ["知道不知道"], "请问您知道布知到订单号", None),
        ("不知道", ["知道不知道"], "我不知道", "hit"),
        ("你急什么", ["您不用着急"], "您不用着急", None),
        ("不清楚", ["听不清楚", "我不太清楚您的意思"], "我不太清楚您的意思您能再说一遍吗", None),
        ("不清楚", ["听不清楚"], "我也不清楚", "hit"),
        ("投诉", ["不是要投诉", "不想投诉"], "还是要投诉", "hit"),
        ("投诉", ["不是要投诉", "不想投诉"], "好的投诉啊", "hit"),
        ("投诉", ["不是要投诉", "不想投诉"], "我不是要投诉", None),
        ("不知道", ["您不知道", "要是不知道"], "都说了不知道", "hit"),
        ("不知道", ["您不知道"], "你不知道单号也没关系", None),
        ("没办法", ["有没办法"], "看看有没办法", None),
        ("保证今天", ["不能保证今天"], "我保证今天", "hit"),
        ("保证今天", ["不能保证今天"], "我不能保证今天", None),
        ("废物", ["服务"], "为您服务", None),
        ("废物", ["服务"], "你这个废物", "hit"),
    ],
)  # fmt: skip
def test_innocents_excuse_what_they_explain_better_and_nothing_else(
    text: str, innocents: list[str], heard: str, expected: str | None
) -> None:
    assert verdict(text, heard, innocents=innocents) == expected


def test_an_innocent_that_was_nearly_said_makes_a_deduction_doubtful() -> None:
    options = {"innocents": ["不是要投诉"], "forbidding": True}
    assert verdict("投诉", "还是要投诉", **options) == "doubtful"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("我能保证今天一定给您送到", "我不能保证今天一定给您送到"),
        ("这个事情不归我们部门管", "这个事情归我们部门管"),
        ("这个事情不归我们部门管", "这个事情也归我们部门管"),
        ("我没有义务告诉你这些", "我有义务告诉你这些"),
    ],
)
def test_a_turned_round_meaning_is_never_a_sure_deduction(text: str, heard: str) -> None:
    assert verdict(text, heard, forbidding=True) == "doubtful"
    assert verdict(text, text, forbidding=True) == "hit"
    assert verdict(text, text.replace("不", "布"), forbidding=True) == "hit"


def test_min_similarity_sets_the_threshold() -> None:
    assert verdict("你自己看", "你仔细看", min_similarity=0.95) is None
    assert verdict("你自己看", "你仔细看", min_similarity=0.9) == "doubtful"
    assert verdict("你自己看", "你仔细看", min_similarity=0.85) == "hit"


@given(st.floats(0.7, 1), st.floats(0.7, 1), st.floats(0, 1), st.floats(0, 1), st.integers(1, 20))
def test_confidence_rises_with_margin_and_words(a: float, b: float, c: float, d: float, size: int) -> None:
    low = match_confidence(min(a, b), 0.8, 0.7, size, min(c, d))
    high = match_confidence(max(a, b), 0.8, 0.7, size, max(c, d))
    assert 0 <= low <= high <= 1
    assert (match_confidence(a, 0.8, 0.7, size, c) >= 0.5) == (a >= 0.8) or a < 0.8


def test_nearest_tells_how_far_off_it_was() -> None:
    near = phrase("感谢您的耐心等待").nearest(say("好的感谢耐心再见"))
    assert near is not None
    assert near.verdict == "doubtful"
    assert near.quote.startswith("感谢耐心")
    assert 0.3 < near.similarity < 0.8
    assert phrase("你好").nearest(say()) is None


def test_digits_in_phrases_are_facts() -> None:
    assert verdict("打12315", "你打一二三一五") == "hit"
    assert verdict("12315", "你打一二三零五", forbidding=True) is None


@given(
    st.sampled_from(["请问有什么可以帮您", "不知道", "稍等", "您的手机号是多少", "祝您生活愉快"]),
    st.text(alphabet="您好请问有什么可以帮不知道稍等手机号是多少祝生活愉快嗯，云帆", min_size=1, max_size=60),
    st.floats(0, 1),
)
def test_the_nearest_place_is_the_same_where_only_so_alike_a_one_is_asked_for(
    words: str, heard: str, least: float
) -> None:
    text = say(heard)
    nearest = phrase(words).nearest(text)
    alike = nearest is not None and nearest.similarity >= least
    assert phrase(words).nearest(text, least) == (nearest if alike else None)
