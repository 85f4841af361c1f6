"""Questions for discussion that follow from what is said in a clip."""

from __future__ import annotations

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.clip_view import ClipView, words

_MOST_CHARS = 40
"""A longer quote is cut: the whole sentence stands in the dialogue."""


def opening(clip: ClipView) -> str | None:
    """What the customer came with: the sentence on which the rule hangs, else the first one in the clip."""
    if clip.occasion is not None:
        return clip.occasion.quote
    return next((turn.text for turn in clip.turns if turn.role == "customer"), None)


def questions(clip: ClipView, lang: Lang) -> tuple[str, ...]:
    """Two or three about this very place, then those that carry it over to the learner's own calls."""

    def say(key: str, /, **params: object) -> str:
        return words(lang, f"question_{key}", **params)

    said = short(clip.said[0].quote) if clip.said else None
    asked = [say(f"{clip.kind}_{n}", title=clip.title) for n in (1, 2, 3, 4)]
    if clip.kind == "good" and said is not None:
        asked[0] = say("good_said", said=said, title=clip.title)
        answer = _next(clip, "customer", clip.said[0].span.end_ms)
        if answer is not None:
            asked[1] = say("good_answer", answer=answer)
    elif clip.kind == "bad" and said is not None:
        asked[:3] = [say("bad_said", said=said), say("bad_felt", said=said), say("bad_instead", said=said)]
    elif clip.kind == "bad" and clip.occasion is not None:
        reply = _next(clip, "agent", clip.occasion.span.end_ms)
        if reply is not None:
            asked[:3] = [
                say("bad_reply", heard=short(clip.occasion.quote), reply=reply),
                say("bad_felt", said=reply),
                say("bad_again", title=clip.title),
            ]
    elif clip.kind == "bad" and clip.better:
        asked[0] = say("bad_where", said=short(clip.better[0]))
    if clip.partner is not None:
        asked.insert(3, say("pair", number=clip.partner))
    return tuple(asked)


def short(said: str) -> str:
    """A quote for a line of its own."""
    said = said.rstrip("，,。 ")
    return said if len(said) <= _MOST_CHARS else f"{said[:_MOST_CHARS]}…"


def _next(clip: ClipView, role: str, after_ms: int) -> str | None:
    """What a party says next."""
    later = (t.text for t in clip.turns if t.role == role and t.span.end_ms > after_ms)
    found = next(later, None)
    return None if found is None else short(found)
