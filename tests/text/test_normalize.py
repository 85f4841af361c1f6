import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.normalize import key, normalize, normalize_mapped

SPOKEN = "一二三四五六七八九十百千万亿零〇幺两洞点天个小时分钟位样下定号abcXYZ，。 :.1234567890０８臺灣萬妳嗯"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("工号八千零二十六", "工号8026"),
        ("工号八零二六", "工号8026"),
        ("公號８０２６，為您服務！", "公号8026为您服务"),
        ("三幺洞七", "3107"),
        ("零零四二", "0042"),
        ("二〇二四年", "2024年"),
        ("一百五", "150"),
        ("两万五", "25000"),
        ("两千零五", "2005"),
        ("一万零五十", "10050"),
        ("一亿", "100000000"),
        ("3千5百", "3500"),
        ("8,026", "8026"),
        ("二十四小时", "24小时"),
        ("三天内", "3天内"),
        ("十分钟", "10分钟"),
        ("两个工作日", "2个工作日"),
        ("10:30", "10点30"),
        ("3.5", "3点5"),
        ("OK", "ok"),
    ],
)
def test_numbers_and_scripts_come_out_alike(written: str, normal: str) -> None:
    assert normalize(written) == normal


@pytest.mark.parametrize(
    "text",
    [
        "一下", "一样", "一定", "十分感谢", "万一", "千万不要", "两位", "三五天", "两三个", "七八个", "一五一十", "一点也不",
        "漏洞", "拐弯", "一点五万", "百分之百", "张三李四",
    ],
)  # fmt: skip
def test_words_that_hold_figures_stay(text: str) -> None:
    assert normalize(text) == text


@given(st.text(alphabet=SPOKEN, max_size=30))
def test_normal_text_is_normal(text: str) -> None:
    once = normalize(text)
    assert key(normalize(once)) == key(once)


@given(st.text(max_size=30))
def test_anything_can_be_normalised_and_maps_back_in_order(text: str) -> None:
    normal, starts, ends = normalize_mapped(text)
    assert len(normal) == len(starts) == len(ends)
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(starts, ends, strict=True))


def test_a_numeral_with_units_points_to_all_of_itself() -> None:
    normal, starts, ends = normalize_mapped("号八千零二十六位")
    assert normal == "号8026位"
    assert list(zip(starts, ends, strict=True)) == [(0, 1), *[(1, 7)] * 4, (7, 8)]


def test_single_spoken_figures_are_compared_as_digits() -> None:
    assert key("两位一下") == key("2位1下")
