"""Complaint topics: what differs is told apart, the label can be read, the same calls give the same topics."""

from qa_pipeline.reporting.topics import ComplaintCall, Line, find_topics

LATE = ("你们的快递怎么还没有派送", "物流显示三天没有更新了", "派送员一直不来，快递太慢")
BROKEN = ("收到的杯子全部破损了", "包装箱是坏的，里面的杯子碎了", "破损的商品你们要赔偿")
REFUND = ("退款到现在没有到账", "我申请退款一个星期了，钱还没退", "说好三天退款到账的")


def calls(*kinds: tuple[str, ...], each: int = 6) -> list[ComplaintCall]:
    made = []
    for k, kind in enumerate(kinds):
        for n in range(each):
            lines = tuple(
                Line(second=float(10 * i), text=text)
                for i, text in enumerate((kind[n % 3], kind[(n + 1) % 3], "好的谢谢"))
            )
            made.append(ComplaintCall(call_id=f"c{k}{n}", agent_id="3101", lines=lines))
    return made


def test_three_complaints_are_told_apart() -> None:
    found = find_topics(calls(LATE, BROKEN, REFUND, each=12), num_all=90)
    leading = [set(topic.words) for topic in found.topics[:3]]
    assert any("退款" in words for words in leading)
    assert any(words & {"破损", "杯子"} for words in leading)
    assert any(words & {"快递", "派送", "派送员", "物流"} for words in leading)
    assert sum(topic.num_calls for topic in found.topics) == 36
    assert [len(members) for members in found.members] == [topic.num_calls for topic in found.topics]
    refunds = next(m for topic, m in zip(found.topics, found.members, strict=True) if "退款" in topic.words)
    assert all(call_id.startswith("c2") for call_id in refunds)
    example = found.topics[0].examples[0]
    assert example.quote
    assert any(word in example.quote for word in found.topics[0].words)
    assert found.note is not None
    assert found.note.params == {"used": 36, "all": 90}


def test_order_does_not_matter() -> None:
    made = calls(LATE, BROKEN, REFUND)
    assert find_topics(made, num_all=18) == find_topics(made[::-1], num_all=18)


def test_few_calls_have_no_topics_and_the_report_says_so() -> None:
    found = find_topics(calls(LATE, each=3), num_all=3)
    assert found.topics == ()
    assert found.note is not None
    assert found.note.key == "topics_too_few"
    assert find_topics([], num_all=0).note is None


def test_calls_of_idle_words_only() -> None:
    idle = [
        ComplaintCall(call_id=f"c{n}", agent_id=None, lines=(Line(second=0, text="你好谢谢再见"),))
        for n in range(20)
    ]
    assert find_topics(idle, num_all=20).topics == ()
    same = [
        ComplaintCall(call_id=f"c{n}", agent_id=None, lines=(Line(second=0, text="快递丢了"),))
        for n in range(20)
    ]
    assert len(find_topics(same, num_all=20).topics) <= 1
