"""What is private in made-up dialogues: numbers, names and addresses in every spoken form, and lines misheard.

Names and roads are put together at random from characters, so that no list the product knows can hold them whole.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.corruption import corrupt
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Utterance, Word

KINDS = (
    "phone",
    "order_number",
    "id_number",
    "bank_card",
    "account",
    "tail",
    "person",
    "spelling",
    "address",
)
NUMBERS = KINDS[:6]
NAMES = KINDS[6:8]
CHAR_MS = 200
AGENT_ID = "3107"
_QUALITY = AsrQuality(avg_logprob=-0.3, no_speech_prob=0.01, compression_ratio=1.2, temperature=0.0)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅钟姜崔谭"
)
_GIVEN = (
    "伟芳娜敏静丽强磊洋艳勇军杰娟涛超明霞平刚桂英华玉兰建国志文斌慧颖琳宇轩浩然子涵梓萱欣怡佳琪思远博雅晨曦嘉懿若彤婉清"
    "立新海燕春梅秋菊冬雪鹏飞俊峰晓东振宁永康少聪昌盛雨桐诗涵一诺沐宸奕泽"
)
_SPELT_SURNAMES = {
    "张": "弓长张", "李": "木子李", "陈": "耳东陈", "吴": "口天吴", "徐": "双人徐", "许": "言午许",
    "胡": "古月胡", "林": "双木林", "王": "三横王", "刘": "文刀刘", "杨": "木易杨", "于": "干勾于",
}  # fmt: skip
_SPELT_GIVEN = {
    "伟": "伟大的伟", "丽": "美丽的丽", "强": "强大的强", "洋": "海洋的洋", "明": "明天的明", "平": "和平的平",
    "文": "文化的文", "慧": "智慧的慧", "雪": "下雪的雪", "海": "大海的海", "春": "春天的春", "飞": "飞机的飞",
    "国": "国家的国", "思": "思想的思", "远": "远近的远", "晨": "早晨的晨", "雨": "下雨的雨", "康": "健康的康",
}  # fmt: skip
_ROADS = "文建人解中和平新华长安光明朝阳东西南北湖山江海虹桥金银星月云天龙凤梅兰竹松柏翠苑学府科技创业"
_CITIES = [
    ("浙江省", "杭州市", "西湖区"),
    ("江苏省", "苏州市", "姑苏区"),
    ("广东省", "深圳市", "南山区"),
    ("四川省", "成都市", "武侯区"),
    ("", "上海市", "闵行区"),
    ("", "北京市", "海淀区"),
    ("湖北省", "武汉市", "洪山区"),
    ("福建省", "泉州市", "晋江市"),
    ("河南省", "郑州市", "金水区"),
]
_DIGITS = "零一二三四五六七八九"
_GROUPS = {
    11: ((3, 4, 4), (3, 4, 4), (4, 3, 4), (3, 3, 5)),
    18: ((6, 8, 4), (6, 4, 4, 4)),
    19: ((4, 4, 4, 4, 3),),
    16: ((4, 4, 4, 4),),
}


@dataclass(frozen=True, eq=False)
class Planted:
    """One private thing said once; ``value`` is how it is written."""

    kind: str
    value: str

    def parts(self) -> list[str]:
        """What gives an address away by itself: its road and its estate."""
        if self.kind != "address":
            return []
        return re.findall("[区市]([^区市]{2}(?:路|街|大道|巷))", self.value) + re.findall(
            "号(..(?:小区|花园|公寓|大厦))", self.value
        )


@dataclass(frozen=True)
class Piece:
    """Part of a line; ``planted`` says what is private about it. ``pause_ms`` comes before it."""

    text: str
    planted: Planted | None = None
    pause_ms: int = 0


Line = tuple[Role, list[Piece]]


def spoken(digits: str, rng: random.Random) -> str:
    """Figures as people read them, 幺 for one now and then."""
    one = rng.choice("一一幺")
    return "".join(one if d == "1" else _DIGITS[int(d)] if d.isdigit() else "叉" for d in digits)


def counted(number: int) -> str:
    """A number below 10,000 as a quantity: 三百零八."""
    out, zero = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure, number = divmod(number, size)
        if figure:
            out += ("零" if zero and out else "") + _DIGITS[figure] + unit
            zero = False
        else:
            zero = True
    return out.removeprefix("一") if out.startswith("一十") else out


def groups(digits: str, rng: random.Random) -> list[str]:
    """The groups in which such a number is usually read."""
    sizes = rng.choice(_GROUPS.get(len(digits), ((4,) * (len(digits) // 4) + (len(digits) % 4,),)))
    found, rest = [], digits
    for size in sizes:
        found.append(rest[:size])
        rest = rest[size:]
    return [g for g in found if g]


def number(kind: str, digits: str, rng: random.Random) -> list[Piece]:
    """A number in one of its forms: in one go, in groups with pauses, with fillers, or begun wrongly and corrected."""
    planted = Planted(kind, digits)
    form = rng.choice(["whole", "whole", "groups", "groups", "fillers", "corrected"])
    if form == "whole":
        return [Piece(spoken(digits, rng), planted)]
    pieces: list[Piece] = []
    if form == "corrected":
        wrong = digits[:5] + str((int(digits[5]) + rng.randint(1, 9)) % 10)
        pieces = [
            Piece(spoken(wrong, rng), Planted(kind, wrong)),
            Piece(rng.choice(["，哦不对，", "，不是，"])),
        ]
    for n, group in enumerate(groups(digits, rng)):
        if n and form == "fillers" and rng.random() < 0.5:
            pieces.append(Piece(rng.choice(["，嗯，", "，然后，", "，呃，"])))
        pieces.append(Piece(spoken(group, rng), planted, rng.choice([150, 400, 900, 1600]) if n else 0))
    return pieces


def name(rng: random.Random) -> str:
    """A family name and a given name of one or two characters."""
    return rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice([1, 2, 2])))


def spelt_name(rng: random.Random) -> tuple[str, list[str]]:
    """A name whose characters can be explained (弓长张), and the explanations."""
    chars = [rng.choice(list(_SPELT_SURNAMES)), *rng.sample(list(_SPELT_GIVEN), rng.choice([1, 2]))]
    return "".join(chars), [_SPELT_SURNAMES[chars[0]], *(_SPELT_GIVEN[c] for c in chars[1:])]


def address(rng: random.Random) -> str:
    """An address in words, its figures read one by one or as quantities."""

    def figures(least: int, most: int) -> str:
        value = rng.randint(least, most)
        return counted(value) if value < 100 or rng.random() < 0.5 else spoken(str(value), rng)

    province, city, area = rng.choice(_CITIES)
    road = "".join(rng.sample(_ROADS, 2)) + rng.choice(["路", "街", "大道", "巷"])
    text = f"{province if rng.random() < 0.6 else ''}{city}{area}{road}{figures(1, 999)}号"
    if rng.random() < 0.6:
        estate = "".join(rng.sample(_ROADS, 2)) + rng.choice(["小区", "花园", "公寓", "大厦"])
        text += f"{estate}{figures(1, 30)}栋{figures(1, 4)}单元{figures(101, 2904)}室"
    return text


def mobile(rng: random.Random) -> str:
    """A mobile number."""
    return "1" + rng.choice("3456789") + _random(9, rng)


def landline(rng: random.Random) -> str:
    """A number with its area code."""
    return rng.choice(["021", "010", "0571", "0755", "028"]) + rng.choice("5678") + _random(7, rng)


def long_number(rng: random.Random) -> str:
    """A waybill or order number."""
    return rng.choice("3456789") + _random(rng.choice([9, 11, 12]), rng)


def account(rng: random.Random) -> str:
    """A number that the centre itself gave to a customer."""
    return _random(rng.choice([8, 9, 10]), rng)


def identity(rng: random.Random) -> str:
    """An identity card number with its check figure."""
    body = f"{rng.choice(['330106', '440305', '510107', '110108'])}{rng.randint(1950, 2005)}"
    body += f"{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10x98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def card(rng: random.Random) -> str:
    """A bank card number with its check figure."""
    body = "62" + _random(16, rng)
    total = sum(sum(divmod(int(d) * (2 - n % 2), 10)) for n, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def _random(count: int, rng: random.Random) -> str:
    return "".join(str(rng.randint(0, 9)) for _ in range(count))


@dataclass(frozen=True)
class Spoken:
    """A dialogue as the recogniser heard it: utterances by role, and per role where each planted thing was said."""

    utterances: dict[Role, list[Utterance]]
    private: dict[Role, list[tuple[Span, Planted]]] = field(default_factory=dict)


def plain(text: str) -> str:
    """A line without its punctuation, as recognised text is compared."""
    return re.sub("[，。？！、]", "", text)


def speak(lines: Sequence[Line], *, error_rate: float, rng: random.Random) -> Spoken:
    """Say the lines one after the other, misheard at the given rate of character errors."""
    clock = 0
    utterances: dict[Role, list[Utterance]] = {Role.AGENT: [], Role.CUSTOMER: []}
    private: dict[Role, list[tuple[Span, Planted]]] = {Role.AGENT: [], Role.CUSTOMER: []}
    for number_, (role, pieces) in enumerate(lines):
        start, words = clock, []
        for piece in pieces:
            clock += piece.pause_ms
            begin = clock
            for char in corrupt(plain(piece.text), error_rate, rng):
                span = Span(start_ms=clock, end_ms=clock + CHAR_MS)
                words.append(Word(text=char, span=span, confidence=0.85 - 0.5 * error_rate))
                clock = span.end_ms
            if piece.planted is not None and clock > begin:
                private[role].append((Span(start_ms=begin, end_ms=clock), piece.planted))
        if words:
            utterances[role].append(
                Utterance(
                    utterance_id=f"u{number_}",
                    channel=0 if role is Role.AGENT else 1,
                    speaker=None,
                    span=Span(start_ms=start, end_ms=clock),
                    words=tuple(words),
                    asr_quality=_QUALITY,
                )
            )
        clock += rng.choice([300, 700, 1200])
    return Spoken(utterances=utterances, private=private)
