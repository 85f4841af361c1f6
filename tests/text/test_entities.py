"""Numbers, names, amounts and times in spoken form."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken import say

from qa_pipeline.text.entities.compare import Repeat, close, compare
from qa_pipeline.text.entities.dates import same_moment
from qa_pipeline.text.entities.digits import runs
from qa_pipeline.text.entities.find import find_entities
from qa_pipeline.text.entities.shapes import id_checksum, luhn
from qa_pipeline.text.entities.types import Asked, Entity, Kind

FIGURES = [("0", "零〇洞"), ("1", "一幺"), *((str(d), "二三四五六七八九"[d - 2]) for d in range(2, 10))]
SPOKEN = dict(FIGURES)


def found(*parts: str | int, asked: tuple[Asked, ...] = ()) -> list[tuple[str, str]]:
    return [(e.kind.value, e.value) for e in find_entities(say(*parts), asked=asked)]


def only(text: str) -> Entity:
    (entity,) = find_entities(say(text))
    return entity


@pytest.mark.parametrize(
    ("said", "kind", "value"),
    [
        ("我的电话是幺三八洞洞幺三八洞洞洞", "phone", "13800138000"),
        ("138 0013 8000", "phone", "13800138000"),
        ("一三八嗯零零一三对八零零零", "phone", "13800138000"),
        ("我电话13800138000一共三件", "phone", "13800138000"),
        ("手机号一三八零零一三八零零零，三点以后打", "phone", "13800138000"),
        ("腰三八零零一三八零零零", "phone", "13800138000"),
        ("座机零一零六二七五一二三四", "phone", "01062751234"),
        ("请拨打四零零八二零八八二零", "phone", "4008208820"),
        ("请打九五三三八", "phone", "95338"),
        ("电话是六二七五一二三四", "phone", "62751234"),
        ("一一零一零五一九四九一二三一零零二叉", "id_number", "11010519491231002x"),
        ("卡号六二二二零二一二三四五六七八九零一二三", "bank_card", "6222021234567890123"),
        ("单号是SF1234567890", "order_number", "sf1234567890"),
        ("运单号一三八零零一三八零零零", "order_number", "13800138000"),
        ("订单号8026 4419 73", "order_number", "8026441973"),
        ("三十五块五", "amount", "35.50"),
        ("三百二十块零五分", "amount", "320.05"),
        ("两块五毛", "amount", "2.50"),
        ("一点五万元", "amount", "15000.00"),
        ("运费一千二百", "amount", "1200.00"),
        ("五毛", "amount", "0.50"),
        ("十一月三号", "date", "?-11-3"),
        ("二零二六年十一月三号", "date", "2026-11-3"),
        ("2026-11-03", "date", "2026-11-3"),
        ("二十六号", "date", "?-?-26"),
        ("周五", "date", "W5"),
        ("下星期五", "date", "W+1-5"),
        ("后天", "date", "D+2"),
        ("下午三点半", "time", "15:30"),
        ("17:30", "time", "17:30"),
        ("三点以后", "time", "~3:00"),
        ("两小时内", "time", "120m"),
        ("24小时", "time", "1d"),
        ("一个半小时", "time", "90m"),
        ("三到五个工作日", "time", "3-5wd"),
        ("三五天", "time", "3-5d"),
        ("我姓王", "person", "王"),
        ("免贵姓欧阳", "person", "欧阳"),
        ("王先生您好", "person", "王"),
        ("收件人张伟", "person", "张伟"),
        ("我叫李小龙", "person", "李小龙"),
        ("寄到朝阳区建国路88号", "address", "朝阳区建国路88号"),
        ("广东省深圳市南山区科技园", "address", "广东省深圳市南山区科技园"),
    ],
)
def test_spoken_forms(said: str, kind: str, value: str) -> None:
    entity = only(said)
    assert entity.kind.value == kind
    assert entity.value == value
    assert entity.complete or kind in ("bank_card", "address")


@pytest.mark.parametrize(
    "said",
    [
        "请稍等一下",
        "工号三幺零七为您服务",
        "十分抱歉",
        "我们一块去",
        "有两点需要说明",
        "一共三件",
        "尽快给您答复",
        "这几天比较忙",
        "高兴为您服务",
        "请问先生贵姓",
        "您贵姓",
        "这位先生",
        "叫车上门",
        "十二号线",
        "路上小心",
        "万一丢了",
        "验证码是二三四五六七八九",
        "3107号客服为您服务",
    ],
)
def test_what_is_no_entity(said: str) -> None:
    assert found(said) == []


def test_a_number_is_dictated_in_groups_with_pauses() -> None:
    assert found("幺三八", 5000, "零零幺三", 3000, "嗯八零零零") == [("phone", "13800138000")]
    assert ("phone", "13800138000") not in found("幺三八", 9000, "零零幺三八零零零")


def test_two_numbers_in_a_row() -> None:
    assert found("138 0013 8000 138 0013 8000") == [("phone", "13800138000")] * 2
    assert found("电话13800138000单号80264419") == [("phone", "13800138000"), ("order_number", "80264419")]


def test_what_was_asked_decides_where_the_number_itself_can_not() -> None:
    order, phone = Asked(at_ms=0, kind=Kind.ORDER_NUMBER), Asked(at_ms=100, kind=Kind.PHONE)
    assert found("一三八零零一三八零零零", asked=(order,)) == [("order_number", "13800138000")]
    assert found("一三八零零一三八零零零", asked=(order, phone)) == [("phone", "13800138000")]
    assert found("我查订单", 1000, "一三八零零一三八零零零", asked=(Asked(at_ms=1500, kind=Kind.PHONE),)) == [
        ("phone", "13800138000")
    ]
    assert found("八零二六四四一九", asked=(Asked(at_ms=0, kind=None),)) == []


def test_a_homophone_between_figures_is_doubtful() -> None:
    entity = only("一三八零零一三吧零零零")
    assert entity.value == "13800138000"
    assert entity.sure.count(0) == 1
    assert entity.sure.index(0) == 7
    assert only("一三八零零一三八零零零").confidence > entity.confidence


def test_a_name_begins_in_its_own_clause() -> None:
    assert found("请问您怎么称呼", 800, "欧阳女士您好") == [("person", "欧阳")]
    assert found("请问您怎么称呼欧阳女士") == [("person", "欧阳")]
    assert found("怎么称呼您", 800, "呼延先生") == [("person", "呼延")]
    assert found("收件人是张", 800, "小明先生") == [("person", "张")]


def test_times_and_quote_lead_back_to_the_speech() -> None:
    entity = only("嗯我的电话是幺三八零零幺三八零零零")
    assert entity.quote == "幺三八零零幺三八零零零"
    assert (entity.span.start_ms, entity.span.end_ms) == (1200, 3400)
    assert entity.confidence == 0.8


def test_checksums() -> None:
    assert id_checksum("11010519491231002X")
    assert not id_checksum("110105194912310021")
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


def test_incomplete_numbers_say_so() -> None:
    assert not only("我的手机号是一三八零零一三八零零").complete
    assert not only("身份证号一一零一零五一九四九一二三一零零二五").complete
    assert only("八零二六四四一九零零").guessed


def test_company_numbers() -> None:
    assert only("请拨打四零零八二零八八二零").company
    assert only("派送员电话一三八零零一三八零零零").company
    assert not only("收件人电话一三八零零一三八零零零").company


@pytest.mark.parametrize(
    ("given", "said", "same"),
    [
        ("?-11-3", "?-?-3", True),
        ("2026-11-3", "?-11-4", False),
        ("D+1", "?-?-3", None),
        ("D+1", "D+2", False),
        ("15:30", "~3:30", True),
        ("15:30", "~3:00", False),
        ("15:30", "3:30", False),
        ("120m", "180m", False),
        ("1d", "60m", False),
        ("3-5d", "3d", False),
        ("W5", "?-?-3", None),
    ],
)
def test_moments_compared(given: str, said: str, same: bool | None) -> None:
    assert same_moment(given, said) is same


SURE = (0.95,) * 40


@pytest.mark.parametrize(
    ("said", "repeat"),
    [
        ("13800138000", Repeat.WHOLE),
        ("8613800138000", Repeat.WHOLE),
        ("8000", Repeat.PART),
        ("800", Repeat.NONE),
        ("13800138540", Repeat.DIFFERENT),
        ("73800138000", Repeat.UNCLEAR),
        ("1380138000", Repeat.UNCLEAR),
        ("24692469246", Repeat.NONE),
        ("", Repeat.NONE),
    ],
)
def test_numbers_compared(said: str, repeat: Repeat) -> None:
    assert compare("13800138000", SURE, said, SURE).repeat is repeat


def test_figures_heard_badly_never_differ() -> None:
    doubtful = (0.95, 0.95, 0.4, *SURE)
    assert compare("13800138000", doubtful, "13540138000", SURE).repeat is Repeat.UNCLEAR
    assert compare("13800138000", SURE, "13540138000", doubtful).repeat is Repeat.UNCLEAR
    assert compare("13800138000", SURE, "13540138000", SURE).repeat is Repeat.DIFFERENT


def test_last_figures() -> None:
    assert compare("13800138000", SURE, "000", SURE, tail=True).repeat is Repeat.PART
    assert compare("13800138000", SURE, "8042", SURE, tail=True).repeat is Repeat.NONE
    assert compare("13800138246", SURE, "8235", SURE, tail=True).repeat is Repeat.NONE
    assert compare("13800138246", SURE, "8245", SURE, tail=True).confidence > 0.9


@given(st.text("0123456789", max_size=30), st.text("0123456789", max_size=60))
def test_comparison_never_fails(given: str, said: str) -> None:
    sure = (0.9,) * 60
    answer = compare(given, sure, said, sure)
    assert 0 <= answer.share <= 1
    assert (answer.repeat is Repeat.WHOLE) == (bool(given) and given in said)
    if given and said:
        close(given, said, least=0.7)


ALPHABET = (
    "零〇一二两三四五六七八九十百千万幺洞拐0123456789sfx叉点块毛元分号月日年周星期天小时先生姓王张叫是电话手机单号身份证卡"
    "地址省市区路栋单元室嗯对吧期的，。 ：尾号后位客服"
)


@settings(max_examples=300)
@given(st.lists(st.one_of(st.text(ALPHABET, min_size=1, max_size=40), st.integers(0, 9000)), max_size=6))
def test_no_text_breaks_it(parts: list[str | int]) -> None:
    text = say(*parts)
    entities = find_entities(text)
    assert all(one.end <= next_one.start for one, next_one in pairwise(entities))
    for entity in entities:
        assert 0 <= entity.start < entity.end <= len(text)
        assert entity.value
        assert entity.quote
        assert 0 <= entity.confidence <= 1
        if entity.kind in (Kind.PHONE, Kind.ID_NUMBER, Kind.BANK_CARD, Kind.ORDER_NUMBER):
            assert len(entity.sure) == len(entity.value)
    for run in runs(text):
        assert len(run.sure) == len(run.digits)


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_characters_at_all(said: str) -> None:
    find_entities(say(said))


def id_number(chance: random.Random) -> str:
    body = f"{chance.randint(11, 65)}0105{chance.randint(1950, 2005)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    body += f"{chance.randint(0, 999):03d}"
    return next(body + c for c in "0123456789x" if id_checksum(body + c))


def number(chance: random.Random, kind: str) -> str:
    if kind == "phone":
        return "1" + chance.choice("3456789") + "".join(chance.choices("0123456789", k=9))
    if kind == "id_number":
        return id_number(chance)
    if kind == "bank_card":
        body = "62" + "".join(chance.choices("0123456789", k=16))
        return next(body + c for c in "0123456789" if luhn(body + c))
    return "".join(chance.choices("123456789", k=1) + chance.choices("0123456789", k=chance.randint(9, 14)))


def spoken(chance: random.Random, value: str) -> list[str | int]:
    """The number as people say it and recognisers write it: in groups, with fillers and pauses."""
    parts: list[str | int] = []
    arabic = chance.random() < 0.4
    at = 0
    while at < len(value):
        size = chance.choice([3, 4, 4, 6, len(value)])
        group = value[at : at + size]
        at += size
        written = "".join(c if arabic or c == "x" else chance.choice(SPOKEN[c]) for c in group)
        parts.append(chance.choice(["", "", "嗯", "然后"]) + written if parts else written)
        if at < len(value) and chance.random() < 0.6:
            parts.append(chance.choice([400, 1500, 5000]))
    return parts


CUES = {
    "phone": "我的手机号是",
    "id_number": "我的身份证号是",
    "bank_card": "银行卡号是",
    "order_number": "我的单号是",
}


@given(st.sampled_from(sorted(CUES)), st.integers(0, 2**32))
def test_generated_numbers_are_always_found(kind: str, seed: int) -> None:
    chance = random.Random(seed)
    value = number(chance, kind)
    parts = ["你好" + CUES[kind], *spoken(chance, value), "麻烦你了"]
    assert (kind, value) in found(*parts), parts


@given(st.integers(0, 2**32))
def test_proven_numbers_need_no_words_around(seed: int) -> None:
    chance = random.Random(seed)
    kind = chance.choice(["phone", "id_number", "bank_card"])
    value = number(chance, kind)
    assert (kind, value) in found("你记一下", *spoken(chance, value), "好吧"), value
