"""The page that plays all clips of a folder, offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.clip_note import Note, Part, case_note
from qa_pipeline.reports.clip_questions import opening, short
from qa_pipeline.reports.clip_view import ClipView, seconds, words
from qa_pipeline.reports.pages import HTML_LANG, number, render

MEDIA = "'self' file:"
"""Scheme ``file`` for a folder that is opened where it lies, ``'self'`` for one behind a web server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Clips that stand side by side: those of one pair; else one."""

    pair: int | None
    clips: tuple[tuple[ClipView, Note], ...]


def render_clips(
    clips: Sequence[ClipView],
    *,
    lang: Lang,
    redacted: bool,
    title: str | None = None,
    summary: Sequence[Part] = (),
) -> str:
    """One document that plays the sound files beside it and loads nothing else.

    Args:
        clips: in order; those of one pair follow each other.
        lang: of all words.
        redacted: whether what is private was taken out.
        title: of the page; default: typical cases.
        summary: stands before the clips.
    """

    def say(key: str, /, **params: object) -> str:
        return words(lang, key, **params)

    groups = [
        _Group(pair=key[0], clips=tuple((clip, case_note(clip, lang)) for clip in members))
        for key, members in groupby(clips, key=lambda c: (c.pair, c.number if c.pair is None else 0))
    ]
    return render(
        "clips.html.j2",
        styles=("clips.css",),
        scripts=(),
        media=MEDIA,
        html_lang=HTML_LANG[lang],
        title=title or say("page_title"),
        count=len(clips),
        groups=groups,
        summary=summary,
        prefix="",
        redacted=redacted,
        say=say,
        seconds=seconds,
        opening=opening,
        short=short,
        number=number,
    )
