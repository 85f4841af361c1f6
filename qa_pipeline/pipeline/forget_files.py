"""Files in which a customer may still stand: pages and clips that we wrote, reports, our log."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.errors import StorageError
from qa_pipeline.pipeline.owed import folder_files
from qa_pipeline.pipeline.pages import page_name
from qa_pipeline.storage.keep_base import Written

_BLOT = "〔…〕"
_TEXTS = {".html", ".json", ".jsonl", ".csv", ".txt", ".md", ".srt", ".vtt"}
_ARCHIVES = {".xlsx", ".docx", ".zip"}
_BIGGEST = 200_000_000
"""Bytes of a file that is searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What we wrote about some calls."""

    files: tuple[Path, ...] = ()
    """Pages of the calls: deleted."""
    folders: tuple[Path, ...] = ()
    """Folders of clips with one of the calls in them, and redacted recordings: deleted with all that we wrote there."""
    by_hand: tuple[Path, ...] = ()
    """Files about other calls too that name one of these: made again or deleted by the user."""
    missing: tuple[str, ...] = ()
    """What we wrote and is no longer where we put it."""


def traces(
    written: Sequence[Written], reports: Sequence[str], *, call_ids: Sequence[str], words: Sequence[str]
) -> Traces:
    """Find them.

    Args:
        written: what the audit log knows.
        reports: folders of the nightly job's reports of the days in question.
        call_ids: the calls.
        words: what names the customer, for files that are about more than one call.
    """
    files: dict[Path, None] = {}
    folders: dict[Path, None] = {}
    missing: dict[str, None] = {}
    for one in written:
        path = Path(one.path)
        if path.is_dir() and one.action != "call.exported":
            if folder_files(path):
                folders[path] = None
        elif path.is_file():
            files[path] = None
        else:
            missing[one.path] = None
    around = {path.parent for path in files} | {Path(folder) for folder in reports}
    for folder in reports:
        # Pages that an earlier release wrote without telling the audit log.
        pages = (Path(folder) / "calls" / page_name(call_id) for call_id in call_ids)
        files |= {page: None for page in pages if page.is_file()}
    mixed = (path for folder in sorted(around) for path in _files(folder) if path not in files)
    return Traces(
        files=tuple(files),
        folders=tuple(folders),
        by_hand=tuple(dict.fromkeys(path for path in mixed if names_one(path, words))),
        missing=tuple(missing),
    )


def names_one(path: Path, words: Sequence[str]) -> bool:
    """Whether one of these words stands in a file; workbooks, documents and archives are opened."""
    wanted = [word.encode() for word in words]
    try:
        if path.stat().st_size > _BIGGEST:
            return False
        if path.suffix in _ARCHIVES:
            with zipfile.ZipFile(path) as archive:
                return any(_stands(archive.read(name), wanted) for name in archive.namelist())
        return path.suffix in _TEXTS and _stands(path.read_bytes(), wanted)
    except (OSError, zipfile.BadZipFile):
        return False


def log_files(folder: Path, words: Sequence[str]) -> tuple[Path, ...]:
    """Our log files in which one of these words stands."""
    wanted = [word.encode() for word in words]
    return tuple(path for path in sorted(folder.glob("*.log*")) if _stands(path.read_bytes(), wanted))


def rewrite(path: Path, words: Sequence[str]) -> None:
    """Blot the words out, in the same file: processes that write to it go on doing so.

    Raises:
        StorageError: ``storage.read_only``.
    """
    try:
        content = path.read_bytes()
        for word in words:
            content = content.replace(word.encode(), _BLOT.encode())
        with path.open("r+b") as file:
            file.write(content)
            file.truncate()
    except OSError as error:
        raise StorageError("storage.read_only", path=str(path), reason=str(error.strerror)) from error


def _files(folder: Path) -> Iterable[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return ()


def _stands(content: bytes, words: Sequence[bytes]) -> bool:
    return any(word in content for word in words)
