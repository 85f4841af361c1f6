"""A call as it may be shown: placeholders instead of words, everything measured as it was."""

from __future__ import annotations

from dataclasses import replace

from builders import facts, transcript
from clip_world import CUSTOMER, PRIVATE_TALK, leaks, talk

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.time import Span
from qa_pipeline.pipeline import case_view
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.privacy.edges import AFTER_MS, NAME_MS
from qa_pipeline.privacy.mask import Redactor
from qa_pipeline.privacy.names import names_somebody, public_name, public_text
from qa_pipeline.privacy.types import Private, PrivateKind


def private_call() -> Call:
    said = talk(PRIVATE_TALK)
    heard = facts(said)
    heard = replace(
        heard, recording=replace(heard.recording, source_name="13800123456_欧阳雪梅_20260101.wav")
    )
    return assemble(CUSTOMER, heard, transcript(*said), default_agent_channel=0)


def test_every_private_word_is_one_placeholder_and_all_else_is_as_it_was() -> None:
    call = private_call()
    shown = Clean(call, "zh").shown
    assert leaks("\n".join(u.text for u in shown.transcript.utterances)) == []
    lines = [u.text for u in shown.transcript.utterances]
    assert lines[3] == "我叫〔姓名〕"
    assert lines[5:7] == ["〔号码〕", "〔号码〕"]
    assert lines[1] == call.transcript.utterances[1].text
    words = shown.transcript.utterances[5].words
    assert [w.span for w in words] == [shown.transcript.utterances[5].span]
    back = replace(shown, info=call.info, recording=call.recording, transcript=call.transcript)
    assert back == call
    spans = [(u.utterance_id, u.span) for u in shown.transcript.utterances]
    assert spans == [(u.utterance_id, u.span) for u in call.transcript.utterances]


def test_what_is_known_of_the_call_is_hidden_too_and_an_agent_only_where_agents_are_not_named() -> None:
    call = private_call()
    info = Clean(call, "zh").shown.info
    assert (info.customer_id, info.agent_id, info.agent_name) == ("〔号码〕", "〔号码〕", "〔姓名〕")
    assert info.extra == {"客户姓名": "〔姓名〕", "联系电话": "〔号码〕", "city": "苏州"}
    inside = Clean(call, "zh", name_agent=True).shown
    assert (inside.info.agent_id, inside.info.agent_name) == ("3107", "周小扬")
    assert inside.info.call_id == call.info.call_id
    assert leaks(inside.recording.source_name) == []


def test_nothing_changes_where_redaction_is_off() -> None:
    call = private_call()
    assert Clean(call, "zh", redact=False).shown is call


def test_numbers_and_names_are_covered_as_far_as_they_may_sound_and_listed_as_what_they_are() -> None:
    clean = Clean(private_call(), "zh")
    for private in clean.private:
        assert any(
            c.start_ms <= private.span.start_ms and private.span.end_ms <= c.end_ms for c in clean.covered
        )
    for kind, more_ms in ((PrivateKind.NUMBER, AFTER_MS), (PrivateKind.PERSON, NAME_MS)):
        last = max((p for p in clean.private if p.kind is kind), key=lambda p: p.span)
        reach = max(c.end_ms for c in clean.covered if c.contains(last.span.start_ms))
        words = [w.span for w in clean.call.transcript.utterances for w in w.words]
        following = min((w.start_ms for w in words if w.start_ms >= last.span.end_ms), default=None)
        assert reach > last.span.end_ms or following == last.span.end_ms
        assert reach <= last.span.end_ms + more_ms
    kinds = {
        h.kind for h in case_view.hidden(clean, Span(start_ms=0, end_ms=clean.call.recording.duration_ms))
    }
    assert "unread" not in kinds, "the pause after a number holds nothing that somebody said"


def test_texts_made_from_the_call_keep_what_is_not_private() -> None:
    clean = Clean(private_call(), "zh", name_agent=True, form="客服热线95543，您好云帆物流")
    for kept in (
        "您好云帆物流工号3107",
        "周小扬",
        "客服热线95543",
        "24小时内，2026-11-04 答复",
        "赔付12000元，3000 块",
        "我的包裹丢了没有人理我",
        "苏州",
    ):
        assert clean.text(kept) == kept
    for hidden, shown in (
        ("欧阳雪梅", "〔姓名〕"),
        ("客户欧阳雪梅的包裹", "客户〔姓名〕的包裹"),
        ("姑苏区云兰路", "〔地址〕"),
        ("13800123456", "〔号码〕"),
        ("其中 0123 这一段", "其中 0123 这一段"),
        ("3800123", "〔号码〕"),
        ("VIP0091", "〔号码〕"),
        ("运单 88123456707788 已查", "运单 〔号码〕 已查"),
    ):
        assert clean.text(hidden) == shown


def test_words_hidden_by_mistake_take_nothing_else_along() -> None:
    # 您好 stands where a number was asked for: hidden there, not in every text that holds the words.
    said = talk(("坐：请问您的手机号码是多少", "客：您好", "坐：您好请讲"))
    heard = facts(said)
    call = assemble(CUSTOMER, heard, transcript(*said), default_agent_channel=0)
    hidden = Redactor(
        call=call,
        private=(Private(role=Role.CUSTOMER, kind=PrivateKind.NUMBER, span=said[1].span),),
        placeholders={PrivateKind.NUMBER: "〔号码〕"},
    )
    assert hidden.utterance(said[1]).text == "〔号码〕"
    assert hidden.text("您好云帆物流") == "您好云帆物流"


def test_names_hold_nobodys_number() -> None:
    for private in (
        "13800123456", "138-0012-3456_20261104", "+86 138 0012 3456", "8613800123456", "013800123456", "0571-87654321",
        "call_330106198503072154_1", "6222021234567890128",
    ):  # fmt: skip
        assert names_somebody(private), private
        assert public_name(f"{private}.wav") == public_name(private) + ".wav"
        assert leaks(public_name(private)) == []
    for public in (
        "c01_damaged_handled_well", "20261104101554_6602", "2026-11-04_10.15.54", "1762251354123", "q1-000123456789",
        "通话一", "12345678901", "6222021234567890121", "a1b2c3d4e5f60718293a4b5c6d7e8f90",
    ):  # fmt: skip
        assert public_name(public) == public
    assert public_text("找不到“/rec/13800123456.wav”。") == f"找不到“/rec/{public_name('13800123456')}.wav”。"
