import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.pinyin import Syllable, parse, readings
from qa_pipeline.text.similarity import FAR, char_distance
from qa_pipeline.text.sounds import NEAR, SOUNDS, Sounds

CHARS = st.sampled_from("您你好工公号为位务物知只四十是师了料行航重虫中终情寝音因方慌来赖人能0179abz哦嗯乐觉")


@pytest.mark.parametrize(
    ("written", "syllable"),
    [
        ("zhong1", ("zh", "ong", 1)),
        ("you3", ("", "iou", 3)),
        ("wen2", ("", "uen", 2)),
        ("yu4", ("", "v", 4)),
        ("juan1", ("j", "van", 1)),
        ("nv3", ("n", "v", 3)),
        ("shi4", ("sh", "ih", 4)),
        ("xi1", ("x", "i", 1)),
        ("liu4", ("l", "iou", 4)),
        ("gui4", ("g", "uei", 4)),
        ("er4", ("", "er", 4)),
        ("yi1", ("", "i", 1)),
    ],
)
def test_syllables_are_split_without_spelling_rules(written: str, syllable: tuple[str, str, int]) -> None:
    assert parse(written) == Syllable(*syllable)


def test_polyphonic_characters_have_their_living_readings_only() -> None:
    assert {r[:2] for r in readings("行")} == {("x", "ing"), ("h", "ang")}
    assert {r[:2] for r in readings("不")} == {("b", "u")}
    assert {r[:2] for r in readings("听")} == {("t", "ing")}


@pytest.mark.parametrize(
    "pair", ["为位", "知只", "重虫", "行航", "四是", "来赖", "方慌", "情寝", "您你", "0零", "1幺", "a诶"]
)
def test_what_people_confuse_is_near(pair: str) -> None:
    assert char_distance(*pair) <= NEAR


@pytest.mark.parametrize("pair", ["还不", "也听", "好不", "我您", "是要"])
def test_what_nobody_confuses_is_not_near(pair: str) -> None:
    assert char_distance(*pair) > NEAR


def test_figures_and_letters_are_facts() -> None:
    assert char_distance("1", "7") == char_distance("b", "d") == char_distance("1", "a") == FAR


@given(CHARS, CHARS)
def test_distance_is_symmetric_and_zero_for_the_same(a: str, b: str) -> None:
    assert char_distance(a, b) == char_distance(b, a)
    assert char_distance(a, a) == 0
    assert 0 <= char_distance(a, b) <= FAR


@pytest.mark.parametrize("chars", ["您㐂公号ж位囧", "囧ж㐂您位号公"])
def test_the_table_says_the_same_in_whatever_order_characters_come(chars: str) -> None:
    sounds = Sounds()
    for char in chars:
        sounds.ids(char)
    for a in chars:
        for b in chars:
            x, y = sounds.ids(a)[0], sounds.ids(b)[0]
            assert sounds.table[x, y] == sounds.row(x)[y] == char_distance(a, b)


def test_rare_characters_and_signs_without_sound_are_far_from_all() -> None:
    assert SOUNDS.ids("㐂ж")
    assert char_distance("ж", "你") == FAR
