"""A call as it may be shown: placeholders instead of words, everything measured as it was."""

from __future__ import annotations

from dataclasses import replace

from builders import facts, transcript
from clip_world import CUSTOMER, PRIVATE_TALK, leaks, talk

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call
from qa_pipeline.pipeline.redaction import Clean


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
