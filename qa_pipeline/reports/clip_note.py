"""The case note (案例分析) of a clip: one structure, as Markdown and as a Word document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.clip_questions import opening, questions
from qa_pipeline.reports.clip_view import ClipView, Line, Measured, Rule, clock, seconds, told, words
from qa_pipeline.reports.pages import Words, number

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|])")
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What a Word document can't hold (XML 1.0, production 2)."""
_FONT = "Microsoft YaHei"
"""Word replaces it where it is missing; the file itself names a font that can write Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a note: a paragraph or two, then a list."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    talk: tuple[tuple[str, Line], ...] = ()
    """The items as what parties say, with the time, where they are that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A case note."""

    title: str
    parts: tuple[Part, ...]


def case_note(clip: ClipView, lang: Lang) -> Note:
    """Situation, what went well or wrong, the rule, better words, the dialogue, questions for discussion."""

    def say(key: str, /, **params: object) -> str:
        return words(lang, key, **params)

    parts = [
        Part(
            heading=say("note_situation"),
            paragraphs=(
                say(
                    "note_where",
                    agent=clip.agent,
                    queue=Words(lang=lang).named("queue", clip.queue) if clip.queue else say("no_queue"),
                    at=clock(clip.starts_ms),
                    whole=clock(clip.call_ms),
                    duration=seconds(clip.duration_ms),
                ),
                *_before(clip, lang),
                clip.why,
                *((say("note_partner", number=clip.partner),) if clip.partner is not None else ()),
                *(
                    (say("note_spoilt", titles=say("join").join(clip.other_fatal)),)
                    if clip.other_fatal
                    else ()
                ),
            ),
        ),
        _what(clip, lang),
        *([_rule(clip.rule, lang)] if clip.rule is not None else []),
        *([_measure(clip.measured, lang)] if clip.measured is not None else []),
        *([_better(clip, lang)] if clip.rule is not None or clip.better else []),
        Part(
            heading=say("note_dialogue"),
            paragraphs=(say("note_heard_by_machine"),),
            items=tuple(f"[{clock(t.span.start_ms)}] {told(t, lang)}" for t in clip.turns),
            talk=tuple((clock(t.span.start_ms), t) for t in clip.turns),
        ),
        Part(
            heading=say("note_questions"),
            items=questions(clip, lang),
        ),
    ]
    return Note(
        title=say("note_title", number=clip.number, title=clip.title, kind=say(f"kind_{clip.kind}")),
        parts=tuple(parts),
    )


def _what(clip: ClipView, lang: Lang) -> Part:
    """What happened: the finding or the figure, and the sentences it rests on."""
    rule = clip.rule
    judged = (
        (
            words(lang, "note_points", points=number(rule.points), possible=number(rule.points_possible)),
            words(lang, "note_confirmed" if rule.confirmed else "note_unconfirmed"),
        )
        if rule is not None
        else ()
    )
    heard = (
        words(
            lang,
            "note_heard" if s.words != (s.quote,) else "note_heard_whole",
            who=s.who,
            quote=s.quote,
            at=clock(s.span.start_ms),
            words=words(lang, "join").join(s.words),
        )
        for s in clip.said
    )
    return Part(
        heading=words(lang, f"note_what_{clip.kind}"),
        paragraphs=(clip.explanation, *((words(lang, "note_times"),) if rule is not None else ()), *judged),
        items=tuple(heard),
    )


def _rule(rule: Rule, lang: Lang) -> Part:
    return Part(
        heading=words(lang, "note_rule"),
        paragraphs=(
            words(
                lang,
                "note_rule_text",
                section=rule.section,
                title=rule.title,
                standard=rule.standard or "—",
                severity=words(lang, f"severity_{rule.severity}"),
                rubric=rule.rubric,
            ),
            *((words(lang, "note_asked", asked=rule.asked),) if rule.asked else ()),
            *((rule.note,) if rule.note else ()),
        ),
    )


def _measure(measured: Measured, lang: Lang) -> Part:
    return Part(
        heading=words(lang, "note_measure"),
        paragraphs=(
            words(
                lang,
                "measure_at",
                start=clock(measured.span.start_ms),
                end=clock(measured.span.end_ms),
            ),
            words(lang, "measure_share", lower=measured.lower_pct, calls=measured.calls),
            words(lang, "measure_definition", label=measured.label, definition=measured.definition),
            *(() if measured.limits else (words(lang, "measure_no_limit"),)),
        ),
        items=measured.limits,
    )


def _better(clip: ClipView, lang: Lang) -> Part:
    good = clip.kind == "good"
    return Part(
        heading=words(lang, "note_better_good" if good else "note_better"),
        paragraphs=(words(lang, "note_better_text" if clip.better else "note_better_none"),),
        items=clip.better,
    )


def _before(clip: ClipView, lang: Lang) -> tuple[str, ...]:
    """What the customer wanted, as the clip lets it be heard."""
    said = opening(clip)
    return () if said is None else (words(lang, "note_customer", quote=said),)


def markdown(note: Note) -> str:
    """The note as Markdown; what was said can't turn into markup."""
    blocks = [f"# {_plain(note.title)}"]
    for part in note.parts:
        blocks.append(f"## {_plain(part.heading)}")
        blocks += [_plain(p) for p in part.paragraphs]
        if part.items:
            blocks.append("\n".join(f"- {_plain(item)}" for item in part.items))
    return "\n\n".join(blocks) + "\n"


def _plain(line: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(line.split()))


def docx(note: Note) -> bytes:
    """The note as a Word document without an author."""
    from docx import Document
    from docx.oxml.ns import qn

    document = Document()
    for name in ("Normal", "Title", "Heading 1"):
        style = document.styles[name]
        style.font.name = _FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
    about = document.core_properties
    about.author, about.comments, about.title = "", "", _NO_XML.sub("", note.title)
    document.add_heading(_NO_XML.sub("", note.title), 0)
    for part in note.parts:
        document.add_heading(_NO_XML.sub("", part.heading), 1)
        for paragraph in part.paragraphs:
            document.add_paragraph(_NO_XML.sub("", paragraph))
        for item in part.items:
            document.add_paragraph(_NO_XML.sub("", item), style="List Bullet")
    target = BytesIO()
    document.save(target)
    return target.getvalue()
