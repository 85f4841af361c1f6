"""Made-up dialogues with private things planted in every spoken form, and plenty of talk that must stay readable.

Names and roads are put together at random from characters, so that no list the product knows can hold them whole.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.corruption import corrupt
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Utterance, Word

CHAR_MS = 200
_QUALITY = AsrQuality(avg_logprob=-0.3, no_speech_prob=0.01, compression_ratio=1.2, temperature=0.0)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅钟姜崔谭"
)
_GIVEN = (
    "伟芳娜敏静丽强磊洋艳勇军杰娟涛超明霞平刚桂英华玉兰建国志文斌慧颖琳宇轩浩然子涵梓萱欣怡佳琪思远博雅晨曦嘉懿若彤婉清"
    "立新海燕春梅秋菊冬雪鹏飞俊峰晓东振宁永康少聪昌盛雨桐诗涵一诺沐宸奕泽"
)
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


@dataclass(frozen=True)
class Piece:
    """Part of a line; ``kind`` names what is private about it, None nothing. ``pause_ms`` comes before it."""

    text: str
    kind: str | None = None
    pause_ms: int = 0


Line = tuple[Role, list[Piece]]


def _spoken(digits: str, rng: random.Random) -> str:
    """Figures as people read them: 幺 for one now and then."""
    one = rng.choice("一一幺")
    return "".join(one if d == "1" else _DIGITS[int(d)] if d.isdigit() else d for d in digits)


def number(kind: str, digits: str, rng: random.Random) -> list[Piece]:
    """A number in one of its forms: as digits, read figure by figure, in groups with pauses, fillers or an 'eh'."""
    form = rng.choice(["digits", "spoken", "spoken", "groups", "fillers"])
    if form == "digits":
        return [Piece(digits, kind)]
    if form == "spoken":
        return [Piece(_spoken(digits, rng), kind)]
    sizes = {11: (3, 4, 4), 18: (6, 8, 4), 19: (4, 4, 4, 4, 3), 16: (4, 4, 4, 4)}.get(len(digits), (4, 4, 4))
    groups: list[str] = []
    rest = digits
    for size in sizes:
        groups.append(rest[:size])
        rest = rest[size:]
    if rest:
        groups[-1] += rest
    pieces: list[Piece] = []
    for n, group in enumerate(g for g in groups if g):
        if n and form == "fillers" and rng.random() < 0.5:
            pieces.append(Piece(rng.choice(["嗯", "然后", "呃"])))
        pieces.append(Piece(_spoken(group, rng), kind, rng.choice([0, 400, 900, 1600]) if n else 0))
    return pieces


def _name(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice([1, 2, 2])))


def _address(rng: random.Random) -> str:
    province, city, area = rng.choice(_CITIES)
    road = "".join(rng.sample(_ROADS, 2)) + rng.choice(["路", "街", "大道", "巷"])
    text = f"{province if rng.random() < 0.6 else ''}{city}{area}{road}{rng.randint(1, 999)}号"
    if rng.random() < 0.6:
        estate = "".join(rng.sample(_ROADS, 2)) + rng.choice(["小区", "花园", "公寓", "大厦"])
        text += f"{estate}{rng.randint(1, 30)}栋{rng.randint(1, 4)}单元{rng.randint(101, 2904)}室"
    if rng.random() < 0.6:
        text = "".join(_DIGITS[int(c)] if c.isdigit() else c for c in text)
    return text


def _identity(rng: random.Random) -> str:
    body = f"{rng.choice(['330106', '440305', '510107', '110108'])}{rng.randint(1950, 2005)}"
    body += f"{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10x98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def _card(rng: random.Random) -> str:
    body = "62" + "".join(str(rng.randint(0, 9)) for _ in range(16))
    total = sum(sum(divmod(int(d) * (2 - n % 2), 10)) for n, d in enumerate(reversed(body)))
    return body + str(-total % 10)


_TALK = [
    "请您稍等我帮您查询一下",
    "非常抱歉给您带来不便",
    "您的包裹昨天下午三点已经从杭州中转站发出了",
    "预计后天上午送到",
    "这个要多少钱",
    "首重一公斤十二块钱续重每公斤三块",
    "一共是三十五块六",
    "我十一月五号寄的到现在都没收到",
    "好的我知道了谢谢",
    "你们这个态度我真的很不满意",
    "我理解您的心情马上为您处理",
    "我们会在二十四小时之内给您答复",
    "请问还有其他可以帮您的吗",
    "没有了谢谢你",
    "感谢您的来电祝您生活愉快再见",
    "对我们公司的规定是超过七天不能退",
    "那个快递员态度特别差说话也不客气",
    "麻烦您对我的服务做出评价",
    "外包装破了里面的杯子碎了两个",
    "能不能换一个时间送我白天上班不在家",
    "可以的我帮您备注一下让师傅晚上六点以后再送",
    "我想问一下你们周末上班吗",
    "我们全年无休早上八点到晚上十点都有人",
    "那我要投诉你们这个网点",
    "好的我已经帮您登记了投诉专员明天会联系您",
    "寄到新疆要几天",
    "大概五到七天左右具体要看路上的情况",
    "我的优惠券怎么用不了",
    "优惠券满一百才能用您这单是八十九块",
    "退款三到五个工作日到账",
    "这个应该是系统的问题我们正在修",
    "高兴为您解决问题",
    "安全方面您可以放心包裹都有保险",
    "任何问题都可以再打过来",
]


def _asked(agent: str, lead: str, pieces: list[Piece], tail: str = "") -> list[Line]:
    return [(Role.AGENT, [Piece(agent)]), (Role.CUSTOMER, [Piece(lead), *pieces, Piece(tail)])]


def dialogue(rng: random.Random) -> list[Line]:
    """One call: greeting, talk, private things asked, given and read back, closing."""
    lines: list[Line] = [
        (
            Role.AGENT,
            [
                Piece(
                    f"您好云帆物流工号{rng.choice(['三幺零七', '8026', '二零幺五'])}为您服务请问有什么可以帮您"
                )
            ],
        ),
        (Role.CUSTOMER, [Piece(rng.choice(["你好我想查一下我的快递", "我要投诉", "你好我要寄个东西"]))]),
    ]
    makers = [_phone_part, _name_part, _address_part, _order_part, _id_part, _card_part, _titled_part]
    for maker in rng.sample(makers, rng.randint(3, 5)):
        lines += [(rng.choice([Role.AGENT, Role.CUSTOMER]), [Piece(t)]) for t in rng.sample(_TALK, 4)]
        lines += maker(rng)
    lines += [(rng.choice([Role.AGENT, Role.CUSTOMER]), [Piece(t)]) for t in rng.sample(_TALK, 6)]
    return lines


def _phone_part(rng: random.Random) -> list[Line]:
    digits = "1" + rng.choice("3456789") + "".join(str(rng.randint(0, 9)) for _ in range(9))
    ask = rng.choice(["请问您的手机号码是多少", "麻烦报一下您的联系电话", "方便留一个电话吗"])
    lead = rng.choice(["我的电话是", "好的", "你记一下", ""])
    lines = _asked(ask, lead, number("phone", digits, rng), rng.choice(["", "对"]))
    if rng.random() < 0.6:
        back = [Piece("跟您核对一下您的号码是"), *number("phone", digits, rng), Piece("对吗")]
        lines += [(Role.AGENT, back), (Role.CUSTOMER, [Piece("对的")])]
    return lines


def _order_part(rng: random.Random) -> list[Line]:
    digits = "".join(str(rng.randint(0, 9)) for _ in range(rng.choice([10, 12, 13])))
    ask = rng.choice(["请问您的运单号是多少", "麻烦提供一下订单号", "您的快递单号报一下"])
    lead = rng.choice(["单号是", "嗯", "运单号是"])
    return _asked(ask, lead, number("order_number", digits, rng))


def _id_part(rng: random.Random) -> list[Line]:
    ask = rng.choice(["需要核对一下您的身份证号", "麻烦报一下身份证号码"])
    return _asked(ask, rng.choice(["好", "身份证号是", ""]), number("id_number", _identity(rng), rng))


def _card_part(rng: random.Random) -> list[Line]:
    ask = rng.choice(["请问退款的银行卡号是多少", "请报一下您的卡号"])
    return _asked(ask, rng.choice(["卡号是", "你记一下", ""]), number("bank_card", _card(rng), rng))


def _name_part(rng: random.Random) -> list[Line]:
    name = _name(rng)
    ask, lead, tail = rng.choice(
        [
            ("请问收件人姓名是什么", "收件人是", ""),
            ("请问您怎么称呼", "我叫", ""),
            ("请问您的姓名", "", ""),
            ("麻烦说一下寄件人的名字", "名字叫", ""),
            ("请问收件人是哪位", "收件人", ""),
        ]
    )
    lines = _asked(ask, lead, [Piece(name, "person")], tail)
    if rng.random() < 0.7:
        back = rng.choice(
            [
                [Piece("收件人是"), Piece(name, "person"), Piece("对吗")],
                [Piece("好的"), Piece(name[0], "person"), Piece(rng.choice(["先生", "女士"]) + "请稍等")],
                [Piece("好的"), Piece(name, "person"), Piece("您好已经帮您登记了")],
            ]
        )
        lines.append((Role.AGENT, back))
    return lines


def _titled_part(rng: random.Random) -> list[Line]:
    surname = rng.choice(_SURNAMES)
    title = rng.choice(["先生", "女士"])
    return [
        (Role.AGENT, [Piece("请问您贵姓")]),
        (Role.CUSTOMER, [Piece("我姓"), Piece(surname, "person")]),
        (Role.AGENT, [Piece("好的"), Piece(surname, "person"), Piece(f"{title}您好请问有什么可以帮您")]),
    ]


def _address_part(rng: random.Random) -> list[Line]:
    address = _address(rng)
    ask = rng.choice(["请问收件地址是哪里", "麻烦说一下您的详细地址", "请问送到哪里"])
    lead = rng.choice(["地址是", "送到", "", "就是"])
    lines = _asked(ask, lead, [Piece(address, "address")])
    if rng.random() < 0.6:
        lines.append((Role.AGENT, [Piece("跟您确认一下地址是"), Piece(address, "address"), Piece("对吗")]))
    return lines


@dataclass(frozen=True)
class Spoken:
    """A dialogue as the recogniser heard it: utterances by role, and per utterance the private stretches with kinds."""

    utterances: dict[Role, list[Utterance]]
    private: dict[Role, list[tuple[Span, str]]]


def speak(lines: Sequence[Line], *, error_rate: float, rng: random.Random) -> Spoken:
    """Say the lines one after the other, misheard at the given rate of character errors."""
    clock = 0
    utterances: dict[Role, list[Utterance]] = {Role.AGENT: [], Role.CUSTOMER: []}
    private: dict[Role, list[tuple[Span, str]]] = {Role.AGENT: [], Role.CUSTOMER: []}
    for number_, (role, pieces) in enumerate(lines):
        start, words = clock, []
        for piece in pieces:
            clock += piece.pause_ms
            begin = clock
            for char in corrupt(piece.text, error_rate, rng):
                span = Span(start_ms=clock, end_ms=clock + CHAR_MS)
                words.append(Word(text=char, span=span, confidence=0.85 - 0.5 * error_rate))
                clock = span.end_ms
            if piece.kind is not None and clock > begin:
                private[role].append((Span(start_ms=begin, end_ms=clock), piece.kind))
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
