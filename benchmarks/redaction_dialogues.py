"""Made-up dialogues in which private things are asked for, given, corrected, spelt and read back, between ordinary talk.

There are four sets of wordings. The finder may be mended by what it misses of the first; the others are only measured.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.redaction_blind import blind_dialogue
from benchmarks.redaction_material import (
    AGENT_ID,
    Line,
    Piece,
    Planted,
    account,
    address,
    card,
    groups,
    identity,
    landline,
    long_number,
    mobile,
    name,
    number,
    spelt_name,
    spoken,
)
from benchmarks.redaction_wordings import (
    DEVELOPMENT_ASKS,
    DEVELOPMENT_LEADS,
    DEVELOPMENT_SURNAME_ASKS,
    DEVELOPMENT_TALK_AGENT,
    DEVELOPMENT_TALK_CUSTOMER,
    FRESH_ASKS,
    FRESH_LEADS,
    FRESH_NAMES,
    FRESH_SURNAME_ASKS,
    FRESH_TALK_AGENT,
    FRESH_TALK_CUSTOMER,
    Wordings,
    development_name,
    family,
)
from qa_pipeline.domain.call import Role

_ASKS = {
    "phone": (
        ["请问您的手机号码是多少？", "麻烦报一下您的联系电话。", "方便留一个电话吗？"],
        ["您下单时预留的手机号是哪个？", "我用什么号码联系您？", "请说一下您的电话。"],
    ),
    "order_number": (
        ["请问您的运单号是多少？", "麻烦提供一下订单号。", "您的快递单号报一下。"],
        ["单号您念给我听一下。", "面单上的号码能报一下吗？", "请告诉我您的运单号码。"],
    ),
    "id_number": (
        ["需要核对一下您的身份证号。", "麻烦报一下身份证号码。"],
        ["为了您的安全，请提供证件号码。", "您的身份证是多少？"],
    ),
    "bank_card": (
        ["请问退款的银行卡号是多少？", "请报一下您的卡号。"],
        ["钱退到哪张卡？请念一下卡号。", "您的银行卡号码是？"],
    ),
    "account": (
        ["请问您的会员账号是多少？", "麻烦提供一下客户编号。"],
        ["您的月结账号说一下。", "请问您登录的账号是什么？"],
    ),
    "person": (
        ["请问收件人姓名是什么？", "请问您怎么称呼？", "请问您的姓名？", "麻烦说一下寄件人的名字。"],
        ["是哪位收件？", "请问您叫什么？", "收货人填的谁的名字？", "您的全名是？"],
    ),
    "surname": (["请问您贵姓？"], ["怎么称呼您呢？"]),
    "address": (
        ["请问收件地址是哪里？", "麻烦说一下您的详细地址。", "请问送到哪里？"],
        ["您人在哪个地方？具体到门牌。", "新的地址您报一下。", "给您派送到哪？"],
    ),
}
_LEADS = {
    "number": (["", "", "好的，", "你记一下，", "嗯，"], ["", "", "行，", "你听着，", "我看看，"]),
    "person": (["我叫", "收件人是", "名字叫", "", "我是"], ["叫", "是", "写的是", "", "姓名"]),
    "address": (["地址是", "送到", "", "就是"], ["我在", "给我送", "", "在"]),
}
_TALK = (
    {
        Role.AGENT: [
            "请您稍等，我帮您查询一下。", "非常抱歉给您带来不便。", "您的包裹昨天下午三点已经从杭州中转站发出了。",
            "预计后天上午送到。", "首重一公斤十二块钱，续重每公斤三块。", "一共是三十五块六。",
            "我理解您的心情，马上为您处理。", "我们会在二十四小时之内给您答复。", "我们公司的规定是超过七天不能退。",
            "可以的，我帮您备注一下，让师傅晚上六点以后再送。", "我们全年无休，早上八点到晚上十点都有人。",
            "大概五到七天左右，具体要看路上的情况。", "优惠券满一百才能用，您这单是八十九块。",
            "退款三到五个工作日到账。", "安全方面您可以放心，包裹都有保险。",
        ],
        Role.CUSTOMER: [
            "这个要多少钱？", "我十一月五号寄的，到现在都没收到。", "你们这个态度我真的很不满意。",
            "那个快递员态度特别差，说话也不客气。", "外包装破了，里面的杯子碎了两个。",
            "能不能换一个时间送？我白天上班不在家。", "我想问一下，你们周末上班吗？", "那我要投诉你们这个网点。",
            "寄到新疆要几天？", "我的优惠券怎么用不了？", "我已经打了三次电话了，每次都说在处理。",
            "好的，我知道了，谢谢。",
        ],
    },
    {
        Role.AGENT: [
            "这边显示包裹在派送途中。", "运费是二十三块五，到付也可以。", "十公斤以内按标准价收，超过的另算。",
            "您的问题我已经提交给主管了。", "师傅今天下午四点半之前会跟您联系。", "生鲜类的建议您选次日达。",
            "这款保价的费率是千分之三。", "周六周日也正常派件。", "我再给您确认一遍流程。",
            "理赔款一般在十五个工作日内打给您。", "真是不好意思，让您久等了。", "可以改成自提，保留七天。",
        ],
        Role.CUSTOMER: [
            "上个月二十号就下单了。", "箱子湿了，里面的书全泡坏了。", "我一个人在家，搬不动那么重的东西。",
            "你们三四天都没有更新信息。", "为什么收了我两次钱？", "我要的是蓝色的，寄来是红色的。",
            "能开发票吗？", "那就麻烦你帮我催一下。", "再等两天我就不要了。", "上次那个小姑娘跟我说今天能到。",
        ],
    },
)  # fmt: skip
_ASKS["person"][0].extend(DEVELOPMENT_ASKS)
_ASKS["surname"][0].extend(DEVELOPMENT_SURNAME_ASKS)
_LEADS["person"][0].extend(DEVELOPMENT_LEADS)
_TALK[0][Role.AGENT].extend(DEVELOPMENT_TALK_AGENT)
_TALK[0][Role.CUSTOMER].extend(DEVELOPMENT_TALK_CUSTOMER)
# Names are asked for in fresh wordings; the rest is that of the held-out set.
for _table in (_ASKS, _LEADS):
    for _kind, _sets in _table.items():
        _table[_kind] = (*_sets, _sets[1])
_ASKS["person"] = (*_ASKS["person"][:2], list(FRESH_ASKS))
_ASKS["surname"] = (*_ASKS["surname"][:2], list(FRESH_SURNAME_ASKS))
_LEADS["person"] = (*_LEADS["person"][:2], list(FRESH_LEADS))
_FRESH_TALK = {Role.AGENT: list(FRESH_TALK_AGENT), Role.CUSTOMER: list(FRESH_TALK_CUSTOMER)}
_GREETING = "您好，云帆物流，工号{}为您服务，请问有什么可以帮您？"
_OPENING = ["你好，我想查一下我的快递。", "我要投诉。", "你好，我要寄个东西。"]
_CLOSING = "感谢您的来电，祝您生活愉快，再见。"


@dataclass(frozen=True)
class Draw:
    """A random source, and which set of wordings, of the first three, it draws from."""

    rng: random.Random
    wordings: Wordings

    def ask(self, kind: str) -> str:
        return self.rng.choice(_ASKS[kind][self.wordings])

    def lead(self, kind: str) -> str:
        return self.rng.choice(_LEADS[kind][self.wordings])

    def name(self) -> str:
        if self.wordings is Wordings.HELD_OUT:
            return name(self.rng)
        if self.wordings is Wordings.FRESH:
            return self.rng.choice(FRESH_NAMES)
        return development_name(self.rng)

    def talk(self, count: int) -> list[Line]:
        lines: list[Line] = []
        for _ in range(count):
            role = self.rng.choice([Role.AGENT, Role.CUSTOMER])
            lines.append((role, [Piece(self.rng.choice((*_TALK, _FRESH_TALK)[self.wordings][role]))]))
        return lines


def dialogue(
    rng: random.Random, *, wordings: Wordings, parts: int | None = None, talk: int = 4
) -> list[Line]:
    """One call: greeting, talk, private things asked, given and read back, closing.

    Args:
        rng: decides everything.
        wordings: which set; the finder is mended by the first only.
        parts: how many private things are dealt with; default three to five.
        talk: ordinary lines before each.
    """
    if wordings is Wordings.BLIND:
        return blind_dialogue(rng, parts=parts or rng.randint(3, 5), talk=talk)
    draw = Draw(rng, wordings)
    lines: list[Line] = [
        (Role.AGENT, [Piece(_GREETING.format(spoken(AGENT_ID, rng)))]),
        (Role.CUSTOMER, [Piece(rng.choice(_OPENING))]),
    ]
    for maker in rng.sample(_MAKERS, parts or rng.randint(3, 5)):
        lines += draw.talk(talk)
        lines += maker(draw)
    return [*lines, *draw.talk(talk), (Role.AGENT, [Piece(_CLOSING)])]


def _number(kind: str, make: Callable[[random.Random], str]) -> Callable[[Draw], list[Line]]:
    def maker(draw: Draw) -> list[Line]:
        rng = draw.rng
        digits = make(rng)
        lines: list[Line] = [(Role.AGENT, [Piece(draw.ask(kind))])]
        lead = draw.lead("number")
        if rng.random() < 0.25:  # group by group, and the agent says 嗯
            planted = Planted(kind, digits)
            for n, group in enumerate(groups(digits, rng)):
                pieces = [Piece(spoken(group, rng), planted)]
                lines.append((Role.CUSTOMER, pieces if n else [Piece(lead), *pieces]))
                lines.append((Role.AGENT, [Piece(rng.choice(["嗯。", "好的。", "您说。"]))]))
        else:
            lines.append((Role.CUSTOMER, [Piece(lead), *number(kind, digits, rng)]))
        if rng.random() < 0.5:
            lines.append(
                (Role.AGENT, [Piece("跟您核对一下，"), *_read_back(kind, digits, rng), Piece("，对吗？")])
            )
            lines.append((Role.CUSTOMER, [Piece("对的。")]))
        return lines

    return maker


def _read_back(kind: str, digits: str, rng: random.Random) -> list[Piece]:
    if rng.random() < 0.2:
        return [Piece("尾号是"), Piece(spoken(digits[-4:], rng), Planted("tail", digits[-4:]))]
    planted = Planted(kind, digits)
    return [
        Piece(spoken(group, rng), planted, rng.choice([100, 300]) if n else 0)
        for n, group in enumerate(groups(digits, rng))
    ]


def _unasked(draw: Draw) -> list[Line]:
    """A number and a name that nobody asked for."""
    rng = draw.rng
    called = draw.name()
    start = rng.choice(
        ["有消息就打我电话，", "你们打这个，"] if draw.wordings else ["打我手机，", "你回我电话，"]
    )
    return [
        (Role.CUSTOMER, [Piece(start), *number("phone", mobile(rng), rng)]),
        (Role.CUSTOMER, [Piece("我叫"), Piece(called, Planted("person", called))]),
    ]


def _named(draw: Draw) -> list[Line]:
    rng = draw.rng
    called = draw.name()
    lines: list[Line] = [
        (Role.AGENT, [Piece(draw.ask("person"))]),
        (Role.CUSTOMER, [Piece(draw.lead("person")), Piece(called, Planted("person", called)), Piece("。")]),
    ]
    if rng.random() < 0.7:
        again = Planted("person", called)
        polite = Planted("person", family(called))
        lines.append(
            rng.choice(
                [
                    (Role.AGENT, [Piece("收件人是"), Piece(called, again), Piece("，对吗？")]),
                    (Role.AGENT, [Piece("好的，"), Piece(family(called), polite), Piece("先生，请稍等。")]),
                    (Role.AGENT, [Piece("好的，"), Piece(called, again), Piece("，您好，已经帮您登记了。")]),
                ]
            )
        )
    return lines


def _spelt(draw: Draw) -> list[Line]:
    rng = draw.rng
    called, explained = spelt_name(rng)
    pieces = [Piece(draw.lead("person")), Piece(called, Planted("person", called)), Piece("，")]
    pieces += [Piece("，".join(explained), Planted("spelling", "".join(explained)))]
    lines: list[Line] = [(Role.AGENT, [Piece(draw.ask("person"))]), (Role.CUSTOMER, pieces)]
    if rng.random() < 0.5:
        lines.append(
            (Role.AGENT, [Piece("好的，"), Piece(called, Planted("person", called)), Piece("，对吗？")])
        )
    return lines


def _titled(draw: Draw) -> list[Line]:
    rng = draw.rng
    surname = family(draw.name())
    given = Planted("person", surname)
    return [
        (Role.AGENT, [Piece(draw.ask("surname"))]),
        (Role.CUSTOMER, [Piece(rng.choice(["我姓", "免贵姓"])), Piece(surname, given), Piece("。")]),
        (
            Role.AGENT,
            [
                Piece("好的，"),
                Piece(surname, Planted("person", surname)),
                Piece(f"{rng.choice(['先生', '女士'])}您好，请问有什么可以帮您？"),
            ],
        ),
    ]


def _placed(draw: Draw) -> list[Line]:
    rng = draw.rng
    place = address(rng)
    said = Piece(place, Planted("address", place))
    lines: list[Line] = [
        (Role.AGENT, [Piece(draw.ask("address"))]),
        (Role.CUSTOMER, [Piece(draw.lead("address")), said, Piece("。")]),
    ]
    if rng.random() < 0.5:
        again = Piece(place, Planted("address", place))
        lines.append((Role.AGENT, [Piece("跟您确认一下，地址是"), again, Piece("，对吗？")]))
    return lines


_MAKERS = (
    _number("phone", mobile),
    _number("phone", landline),
    _number("order_number", long_number),
    _number("id_number", identity),
    _number("bank_card", card),
    _number("account", account),
    _unasked,
    _named,
    _named,
    _spelt,
    _titled,
    _placed,
    _placed,
)
