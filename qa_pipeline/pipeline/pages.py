"""Writes the report folder: an index and one self-contained page a scored call."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qa_pipeline.domain.scorecard import CallResult, Scorecard
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import InputError, QaError, StorageError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.redaction import Clean, check_allowed, redaction_digest
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.privacy.names import public_name
from qa_pipeline.reports.call_page import render_call_page
from qa_pipeline.reports.index_page import render_index
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow

_HEAD_CHARS = 2000
log = logging.getLogger(__name__)


def check_folder(out: Path) -> None:
    """Make the report folder and try to write, before hours of work are spent.

    Raises:
        InputError: ``input.out_unwritable``.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise InputError("input.out_unwritable", path=str(out), reason=str(error.strerror)) from error


class PageWriter:
    """Writes pages into one folder; what is found to be private is hidden unless ``redact`` is off.

    Args:
        out: the folder.
        ports: the outside world.
        scoring: knows calls and forms.
        settings: where audio is copied to, business time, and whether ``redact`` may be off.
        lang: the readers' language.
        who: whose name stands in the audit log.
        redact: hide what is private.

    Raises:
        InputError: ``clips.not_allowed``.
    """

    def __init__(
        self,
        out: Path,
        ports: Ports,
        scoring: Scoring,
        settings: Settings,
        lang: Lang,
        *,
        who: str,
        redact: bool = True,
    ) -> None:
        check_allowed(redact, settings)
        self._out = out
        self._who = who
        self._redact = redact
        self._ports = ports
        self._scoring = scoring
        self._settings = settings
        self._lang = lang

    def call_pages(self, results: Sequence[CallResult]) -> dict[str, Path]:
        """The pages of the scored calls of which what was heard is still kept, by call id.

        That they leave the database is in the audit log before the first is written.

        Raises:
            StorageError: ``storage.disk_full``.
        """
        rows = [self._ports.store.call(r.call_id) for r in results if r.scorecard is not None]
        kept = {row.info.call_id: row for row in rows if row is not None and "transcript" in row.artifacts}
        self._ports.store.audit_many(
            self._who,
            [
                (
                    "call.exported",
                    call_id,
                    {"path": str(self._path(call_id).resolve()), "redacted": self._redact},
                )
                for call_id in kept
            ],
        )
        cards = {r.call_id: r.scorecard for r in results if r.scorecard is not None}
        written = ((call_id, self._call_page(row, cards[call_id])) for call_id, row in kept.items())
        return {call_id: path for call_id, path in written if path is not None}

    def is_current(self, call_id: str) -> bool:
        """Whether a call's page is there, and no later knowledge of what is private would change it."""
        try:
            with self._path(call_id).open(encoding="utf-8") as file:
                return redaction_digest() in file.read(_HEAD_CHARS)
        except (OSError, ValueError):
            return False

    def _path(self, call_id: str) -> Path:
        return self._out / page_name(call_id)

    def _call_page(self, row: CallRow, card: Scorecard) -> Path | None:
        call = self._scoring.rebuild(row)
        if call is None:
            return None
        rubric = self._scoring.rubric_of(card)
        clean = Clean(call, self._lang, self._redact, name_agent=True, form=rubric.content)
        shown = clean.shown
        purged = "audio" in row.purged
        html = render_call_page(
            call,
            clean.scorecard(card),
            rubric,
            audio_mp3=None if purged else self._audio(row.source_uri, card.recording_id, clean.covered),
            audio_purged=purged,
            lang=self._lang,
            business_tz=self._settings.business_tz,
            shown=replace(shown, info=replace(shown.info, call_id=clean.name(call.info.call_id))),
            num_hidden=len(clean.private) if self._redact else None,
            redaction=redaction_digest() if self._redact else None,
            appeal_days=self._settings.appeal_days,
        )
        path = self._path(call.info.call_id)
        write_file(path, html.encode())
        return path

    def index(self, results: Sequence[CallResult], pages: dict[str, Path], title: str) -> Path:
        """The index of this run, with links to the pages."""
        links = {call_id: os.path.relpath(path, self._out) for call_id, path in pages.items()}
        rows = [self._ports.store.call(result.call_id) for result in results]
        cards = {r.scorecard.rubric_digest: r.scorecard for r in results if r.scorecard is not None}
        path = self._out / "index.html"
        html = render_index(
            results,
            links=links,
            lang=self._lang,
            title=title,
            infos={row.info.call_id: row.info for row in rows if row is not None},
            rubrics=[self._scoring.rubric_of(card) for card in cards.values()],
        )
        write_file(path, html.encode())
        return path

    def _audio(self, uri: str, recording_id: str, covered: Sequence[Span]) -> bytes | None:
        """The recording as MP3 with a tone over what is private; None where it is gone or holds other bytes now."""
        reader = self._ports.reader
        try:
            with Source(uri=uri).local_path(self._settings.data_dir / "tmp") as path:
                if reader.recording_id(path) != recording_id:
                    return None
                return reader.listening_copy(path, covered)
        except QaError as error:
            log.warning("no sound on a page: %s", error.code)
            return None


def page_name(call_id: str) -> str:
    """A call's page: a file name that every system takes and that holds nobody's number; different call ids give
    different names."""
    return f"{safe_name(public_name(call_id))}.html"


def safe_name(name: str) -> str:
    """The same without an ending, for any name of ours."""
    safe = re.sub(r"[^\w.-]", "_", name)
    if safe != name or len(safe) > 80 or safe.startswith(".") or safe == "index":
        safe = f"{safe[:60].lstrip('.')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return safe


def write_file(path: Path, content: bytes) -> None:
    """Write whole or not at all.

    Raises:
        StorageError: ``storage.disk_full``, or ``storage.read_only`` for any other refusal.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageError("storage.disk_full", path=str(path), reason=str(error.strerror)) from error
        raise StorageError("storage.read_only", path=str(path), reason=str(error.strerror)) from error
