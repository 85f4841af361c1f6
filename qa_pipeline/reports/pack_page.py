"""The index over coaching packs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.clip_page import MEDIA
from qa_pipeline.reports.clip_view import words
from qa_pipeline.reports.pack_note import Figures, say
from qa_pipeline.reports.pages import HTML_LANG, number, render


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRow:
    """One pack as the index shows it."""

    number: int
    folder: str
    agent: str | None
    """None: not named here, only in the pack itself."""
    figures: Figures
    faults: tuple[str, ...]
    """Titles of what the pack shows, the most costly first."""
    clips: int


def render_packs(rows: Sequence[PackRow], *, lang: Lang, redacted: bool) -> str:
    """One document that links to the packs beside it and loads nothing."""
    return render(
        "packs.html.j2",
        styles=("clips.css",),
        scripts=(),
        media=MEDIA,
        html_lang=HTML_LANG[lang],
        rows=rows,
        redacted=redacted,
        named=any(row.agent for row in rows),
        say=lambda key, /, **params: say(lang, key, **params),
        clip_say=lambda key, /, **params: words(lang, key, **params),
        number=number,
    )
