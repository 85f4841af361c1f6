"""Writes coaching packs: a folder an agent, and an index over all of them that names nobody unless it is asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa_pipeline.errors import QaError
from qa_pipeline.pipeline.clip_export import Exported, Request
from qa_pipeline.pipeline.clip_files import ClipFolder
from qa_pipeline.pipeline.packs import Packs, Plan
from qa_pipeline.pipeline.redaction import check_allowed
from qa_pipeline.reports.clip_note import docx, markdown
from qa_pipeline.reports.clip_page import render_clips
from qa_pipeline.reports.clip_view import words
from qa_pipeline.reports.pack_note import pack_note
from qa_pipeline.reports.pack_page import PackRow, render_packs
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Store


def export_packs(
    use_case: Packs,
    plans: Sequence[Plan],
    request: Request,
    *,
    store: Store,
    settings: Settings,
    on_error: Callable[[QaError], None],
) -> Exported:
    """Cut and write the packs; a clip that can't be cut is told to ``on_error`` and the others are written.

    Raises:
        InputError: ``clips.not_allowed``, ``input.out_unwritable``.
        StorageError: the disk is full or read-only.
    """
    check_allowed(request.redact, settings)
    folder = ClipFolder(request.out, format_=request.format, lang=request.lang)
    shown = [(plan.number, p) for plan in plans for p in plan.picked]
    store.audit(
        request.who,
        "clips.exported",
        str(request.out),
        {
            "redacted": request.redact,
            "agents_named": True,
            "path": str(request.out.resolve()),
            "calls": sorted({p.row.call_id for _, p in shown}),
            "packs": [{"number": plan.number, "agent_id": plan.agent_id} for plan in plans],
            "clips": [
                {"pack": pack, "number": p.number, "call_id": p.row.call_id, "criterion_id": p.row.key[1]}
                for pack, p in shown
            ],
        },
    )
    rows = [_pack(use_case, plan, request, folder, on_error) for plan in plans]
    page = folder.write("index.html", render_packs(rows, lang=request.lang, redacted=request.redact).encode())
    archive = folder.archive() if request.archive else None
    written = sum(row.clips for row in rows)
    return Exported(page=page, archive=archive, written=written, failed=len(shown) - written)


def _pack(
    use_case: Packs,
    plan: Plan,
    request: Request,
    folder: ClipFolder,
    on_error: Callable[[QaError], None],
) -> PackRow:
    lang, under = request.lang, f"{plan.number:02d}"
    clips = use_case.cut(plan, lang=lang, redact=request.redact, on_error=on_error)
    views = [folder.add(clip, under=f"{under}/") for clip in clips]
    name = " ".join(filter(None, (plan.agent_name, plan.agent_id)))
    note = pack_note(words(lang, "agent_named", name=name), plan.figures, views, lang)
    folder.write(f"{under}/summary.md", markdown(note).encode())
    folder.write(f"{under}/summary.docx", docx(note))
    page = render_clips(views, lang=lang, redacted=request.redact, title=note.title, summary=note.parts)
    folder.write(f"{under}/index.html", page.encode())
    return PackRow(
        number=plan.number,
        folder=under,
        agent=name if request.name_agents else None,
        figures=plan.figures,
        faults=tuple(view.title for view in views if view.kind == "bad"),
        clips=len(views),
    )
