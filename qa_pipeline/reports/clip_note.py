"""The case note (案例分析) of a clip: one structure, as Markdown and as a Word document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.clip_view import ClipView, clock, told, words
from qa_pipeline.reports.pages import number

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A case note."""

    title: str
    parts: tuple[Part, ...]


def case_note(clip: ClipView, lang: Lang) -> Note:
    """Situation, what went well or wrong, the rule, better words, the dialogue, questions for discussion."""

    def say(key: str, /, **params: object) -> str:
        return words(lang, key, **params)

    good = "good" if clip.good else "bad"
    points = {"points": number(clip.points), "possible": number(clip.points_possible)}
    heard = [say("note_heard", who=s.who, quote=s.quote, at=clock(s.span.start_ms)) for s in clip.said]
    parts = [
        Part(
            heading=say("note_situation"),
            paragraphs=(
                say(
                    "note_where",
                    agent=clip.agent,
                    queue=clip.queue or say("no_queue"),
                    at=clock(clip.starts_ms),
                    whole=clock(clip.call_ms),
                    duration=clock(clip.duration_ms),
                ),
                *_before(clip, lang),
                clip.why,
            ),
        ),
        Part(
            heading=say(f"note_what_{good}"),
            paragraphs=(
                clip.explanation,
                say("note_times"),
                say("note_points", **points),
                say("note_confirmed" if clip.confirmed else "note_unconfirmed"),
            ),
            items=tuple(heard),
        ),
        Part(
            heading=say("note_rule"),
            paragraphs=(
                say(
                    "note_rule_text",
                    section=clip.section,
                    title=clip.title,
                    standard=clip.standard or "—",
                    severity=say(f"severity_{clip.severity}"),
                    rubric=clip.rubric,
                ),
                *((clip.note,) if clip.note else ()),
                *((say("note_forbidden" if clip.forbidding else "note_wanted"),) if clip.expected else ()),
            ),
            items=clip.expected,
        ),
        Part(
            heading=say("note_better"),
            paragraphs=(say("note_better_text" if clip.better else "note_better_none"),),
            items=clip.better,
        ),
        Part(
            heading=say("note_dialogue"),
            items=tuple(f"[{clock(t.span.start_ms)}] {told(t, lang)}" for t in clip.turns),
        ),
        Part(
            heading=say("note_questions"),
            items=tuple(say(f"question_{good}_{n}", title=clip.title) for n in (1, 2, 3, 4)),
        ),
    ]
    return Note(
        title=say("note_title", number=clip.number, title=clip.title, kind=say(f"kind_{good}")),
        parts=tuple(parts),
    )


def _before(clip: ClipView, lang: Lang) -> tuple[str, ...]:
    """What the customer wanted, as the clip lets it be heard."""
    first = next((t for t in clip.turns if t.role == "customer"), None)
    return () if first is None else (words(lang, "note_customer", quote=first.text),)


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
