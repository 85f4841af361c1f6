"""Writes chosen cases into a folder; what leaves the house is in the audit log before it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.audio.encode import AudioFormat
from qa_pipeline.errors import InputError, QaError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.clip_files import ClipFolder
from qa_pipeline.pipeline.clip_picked import Picked
from qa_pipeline.pipeline.clips import Clips
from qa_pipeline.pipeline.redaction import check_allowed
from qa_pipeline.reports.clip_page import render_clips
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How cases are written."""

    out: Path
    format: AudioFormat = "mp3"
    archive: bool = False
    redact: bool = True
    name_agents: bool = False
    lang: Lang = "zh"
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    page: Path
    archive: Path | None
    written: int
    failed: int


def export_clips(
    use_case: Clips,
    picked: Sequence[Picked],
    request: Request,
    *,
    store: Store,
    settings: Settings,
    on_error: Callable[[QaError], None],
) -> Exported:
    """Cut and write the cases; one that can't be cut is told to ``on_error`` and the others are written.

    Raises:
        InputError: ``clips.not_allowed``, ``input.out_unwritable``, ``clips.none_written``.
        StorageError: the disk is full or read-only.
    """
    check_allowed(request.redact, settings)
    folder = ClipFolder(request.out, format_=request.format, lang=request.lang)
    store.audit(
        request.who,
        "clips.exported",
        str(request.out),
        {
            "redacted": request.redact,
            "agents_named": request.name_agents,
            "path": str(request.out.resolve()),
            "calls": sorted({p.row.call_id for p in picked}),
            "clips": [
                {"number": p.number, "call_id": p.row.call_id, "criterion_id": p.row.key[1]} for p in picked
            ],
        },
    )
    clips = use_case.cut(
        picked,
        lang=request.lang,
        redact=request.redact,
        name_agents=request.name_agents,
        on_error=on_error,
    )
    views = [folder.add(clip) for clip in clips]
    if not views:
        raise InputError("clips.none_written", count=len(picked))
    page = folder.write(
        "index.html", render_clips(views, lang=request.lang, redacted=request.redact).encode()
    )
    archive = folder.archive() if request.archive else None
    return Exported(page=page, archive=archive, written=len(views), failed=len(picked) - len(views))
