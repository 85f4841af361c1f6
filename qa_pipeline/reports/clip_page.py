"""The page that plays all clips of a folder, offline."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.clip_note import case_note
from qa_pipeline.reports.clip_view import ClipView, clock, words
from qa_pipeline.reports.pages import HTML_LANG, number, render


def render_clips(clips: Sequence[ClipView], *, lang: Lang, redacted: bool) -> str:
    """One document that plays the sound files beside it and loads nothing else."""

    def say(key: str, /, **params: object) -> str:
        return words(lang, key, **params)

    return render(
        "clips.html.j2",
        styles=("clips.css",),
        scripts=(),
        # Scheme ``file`` for a folder that is opened where it lies, ``'self'`` for one behind a web server.
        media="'self' file:",
        html_lang=HTML_LANG[lang],
        clips=[(clip, case_note(clip, lang)) for clip in clips],
        redacted=redacted,
        say=say,
        clock=clock,
        number=number,
    )
