"""Writes the report folder: an index and one self-contained page a scored call."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.audio.base import AudioReader
from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.errors import InputError, QaError, StorageError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.reports.call_page import render_call_page
from qa_pipeline.reports.index_page import render_index
from qa_pipeline.settings import Settings

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
    """Writes pages into one folder."""

    def __init__(self, out: Path, ports: Ports, scoring: Scoring, settings: Settings, lang: Lang) -> None:
        self._out = out
        self._ports = ports
        self._scoring = scoring
        self._settings = settings
        self._lang = lang

    def call_page(self, result: CallResult) -> Path | None:
        """The page of one scored call; None where there is no score or what was heard is no longer kept.

        Raises:
            StorageError: ``storage.disk_full``.
        """
        row = self._ports.store.call(result.call_id)
        if result.scorecard is None or row is None:
            return None
        call = self._scoring.rebuild(row)
        if call is None:
            return None
        html = render_call_page(
            call,
            result.scorecard,
            self._scoring.rubric_of(result.scorecard),
            audio_mp3=self._audio(row.source_uri, result.scorecard.recording_id),
            lang=self._lang,
            business_tz=self._settings.business_tz,
        )
        path = self._out / page_name(result.call_id)
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

    def _audio(self, uri: str, recording_id: str) -> bytes | None:
        try:
            with Source(uri=uri).local_path(self._settings.data_dir / "tmp") as path:
                return listening_copy(self._ports.reader, path, recording_id)
        except QaError as error:
            log.warning("%s", error)
            return None


def listening_copy(reader: AudioReader, path: Path, recording_id: str) -> bytes | None:
    """The recording as MP3, or None where the file now holds other bytes than were scored."""
    if reader.recording_id(path) != recording_id:
        return None
    return reader.listening_copy(path)


def page_name(call_id: str) -> str:
    """A file name that every system takes; different call ids give different names."""
    safe = re.sub(r"[^\w.-]", "_", call_id)
    if safe != call_id or len(safe) > 80 or safe.startswith(".") or safe == "index":
        safe = f"{safe[:60].lstrip('.')}-{hashlib.sha256(call_id.encode()).hexdigest()[:8]}"
    return f"{safe}.html"


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
