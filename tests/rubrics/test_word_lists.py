"""Word lists hit what they forbid, and nothing an honest agent says all day."""

from functools import cache

import pytest

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.resources import folder
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.phrases import phrase

LISTS = sorted(path.stem for path in (folder("rubrics") / "lists").glob("*.yaml"))
FORBIDDING = {
    "forbidden_refusal": "forbidden_refusal",
    "forbidden_blame": "forbidden_blame",
    "forbidden_provocation": "forbidden_provocation",
    "forbidden_rule_hiding": "forbidden_rule_hiding",
    "abuse": "abuse",
    "hedges": "hedging",
    "false_promises": "no_false_promise",
    "private_settlement": "no_private_settlement",
    "sales_claims": "no_sales_claims",
    "sales_pressure": "no_pressure",
}
"""Lists that cost points, with the criterion that uses them."""

SERVICE_BANS = {
    "forbidden_refusal": "不知道 不清楚 不归我管 这不是我的问题 没办法 不可能 你自己看 你去问别人",
    "forbidden_blame": "刚才不是跟你说过了吗 你怎么听不懂 你懂不懂 别啰嗦 你有完没完 我没空",
    "forbidden_provocation": "你爱投诉就去投诉 随便你 你急什么 关我什么事 你想怎么样",
    "forbidden_rule_hiding": "公司就是这么规定的 我们一直都这样 电脑里就是这么显示的",
}
"""The forbidden phrases that call-centre manuals name (STANDARDS C)."""

HOMOPHONES = {
    "forbidden_refusal": ["这个我不只道", "布清楚", "这个不贵我管", "那美办法"],
    "forbidden_blame": ["你怎么听不董", "憋啰嗦", "刚才不是更你说过了吗"],
    "forbidden_provocation": ["你挨投诉就去投诉", "随边你", "管我什么事", "你想怎么养"],
    "forbidden_rule_hiding": ["公司就是这么归定的", "电脑里就是这么显是的"],
    "abuse": ["神精病", "王巴蛋", "你有并吧"],
    "false_promises": ["我宝证明天一定到", "百分之百能陪"],
    "private_settlement": ["咱们思下解决", "您加我威信"],
}
"""Forbidden phrases as a recogniser writes them."""

HONEST = (
    # STANDARDS C, counter-examples
    "我不太清楚您的意思，您能再说一遍吗",
    "您不用着急",
    "请问您知道不知道订单号",
    # one or two sounds from a forbidden phrase
    "请问您寄什么物品",
    "您要寄什么东西呢",
    "请问是关于什么事情",
    "您看怎么样",
    "顺便您再核对一下地址",
    "为了方便您签收",
    "我们空运是两天到",
    "我帮您提交申请并登记",
    "这是他们的规定",
    "您这个运单是昨天寄的",
    "您去试一下好吗",
    "您仔细看一下短信",
    "我们会补寄到您的地址",
    "请问您同不同意",
    "我给您打包好了寄出去",
    "可以到网点线下解决",
    "您加我们的企业微信就能查",
    "可能把包裹放在驿站了",
    "应该是八号送到",
    "您那边怎么听不到我的声音",
    # the forbidden words in an innocent sentence
    "您的声音听不清楚",
    "这不是您的问题，是我们的问题",
    "我看看有没有办法",
    "如有不清楚的可以随时打电话",
    "不知道您方便提供一下单号吗",
    "请您保证电话畅通",
    "我不能保证明天一定到",
    "按照公司规定三公里以内免费",
    "您大概几点在家",
    "您想投诉的话我帮您登记",
)


@cache
def _rubric() -> Rubric:
    return load_rubric(folder("rubrics") / "inbound_complaint.yaml")


@cache
def _all_lists() -> Rubric:
    """A rubric that uses every list there is."""
    criteria = "\n".join(
        f"      - {{id: {name}, title: {name}, points: 1, check: {{op: must_not_say, list: {name}}}}}"
        for name in LISTS
    )
    content = f"rubric: lists\nversion: 1\ntitle: lists\nsections:\n  - id: all\n    title: all\n    criteria:\n{criteria}\n"
    return parse_rubric(content, str(folder("rubrics") / "lists_test.yaml"))


def _entries(name: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(w, p.innocents) for p in _all_lists().lists[name].guarded() for w in p.wordings]


def _text(line: str) -> AlignedText:
    return AlignedText.of(call_of([f"客服：{line}"]).utterances_of(Role.AGENT))


def _outcomes(*lines: str) -> dict[str, Outcome]:
    findings = evaluate(_rubric(), call_of(lines), min_confidence=0.6, min_confidence_fatal=0.8)
    return {f.criterion_id: f.outcome for f in findings}


@pytest.mark.parametrize("name", LISTS)
def test_every_phrase_of_a_list_is_heard(name: str) -> None:
    forbidding = name in FORBIDDING
    patterns = [phrase(say, innocents=i, forbidding=forbidding) for say, i in _entries(name)]
    for say, _ in _entries(name):
        for line in (say, f"好的{say}啊"):
            text = _text(line)
            assert any(m.verdict == "hit" for p in patterns for m in p.find(text)), (name, line)


@pytest.mark.parametrize("name", [n for n in LISTS if n != "fillers"])
def test_no_innocent_of_a_list_is_a_hit_of_any_of_its_phrases(name: str) -> None:
    forbidding = name in FORBIDDING
    least = None if forbidding else 0.9
    patterns = [
        phrase(say, innocents=i, forbidding=forbidding, min_similarity=least) for say, i in _entries(name)
    ]
    found = [
        (name, line, m.expected, m.verdict)
        for _, innocents in _entries(name)
        for innocent in innocents
        for line in (innocent, f"请问{innocent}呢", f"好的{innocent}好")
        for text in [_text(line)]
        for p in patterns
        for m in p.find(text)
        if forbidding or m.verdict == "hit"
    ]
    assert not found


@pytest.mark.parametrize(
    ("name", "banned"), [(name, banned) for name, all_ in SERVICE_BANS.items() for banned in all_.split()]
)
def test_every_banned_phrase_of_the_manuals_is_in_its_list_and_costs_points(name: str, banned: str) -> None:
    assert banned in [say for say, _ in _entries(name)]
    assert _outcomes("客户：怎么办", f"客服：{banned}", "客户：好吧")[FORBIDDING[name]] is Outcome.NOT_MET
    assert _outcomes(f"客户：{banned}", "客服：好的")[FORBIDDING[name]] is Outcome.MET, "said by the customer"


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name, lines in HOMOPHONES.items() for line in lines]
)
def test_a_misrecognised_fault_is_not_passed_over(name: str, line: str) -> None:
    answer = _outcomes("客户：怎么办", f"客服：{line}", "客户：好吧")[FORBIDDING[name]]
    assert answer in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW)


@pytest.mark.parametrize("line", HONEST)
def test_honest_speech_costs_nothing(line: str) -> None:
    answers = _outcomes("客户：你好", f"客服：{line}", "客户：好的")
    assert {c: a for c, a in answers.items() if c in FORBIDDING.values() and a is not Outcome.MET} == {}


@pytest.mark.parametrize("refusal", ["这个我不清楚", "这个不归我管", "这个我不知道"])
def test_a_refusal_is_excused_by_help_that_follows_and_only_by_that(refusal: str) -> None:
    helped = _outcomes("客户：到哪了", f"客服：{refusal}，我帮您查一下", "客户：好")
    left_alone = _outcomes(
        "客户：到哪了", f"客服：{refusal}", "客户：那怎么办", "（静音4秒）", "客服：你看着办吧"
    )
    too_late = _outcomes(
        "客户：到哪了", f"客服：{refusal}", "客户：那怎么办", "（静音15秒）", "客服：我帮您查一下"
    )
    assert helped["forbidden_refusal"] is Outcome.MET
    assert left_alone["forbidden_refusal"] is Outcome.NOT_MET
    assert too_late["forbidden_refusal"] is Outcome.NOT_MET
