"""Finds the recordings a user means: files, folders, globs and fsspec URLs."""

from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from qa_pipeline.audio.workspace import Workspace
from qa_pipeline.errors import InputError, QaError, RecordingError
from qa_pipeline.i18n import legible

AUDIO_SUFFIXES = frozenset(
    {
        ".wav",
        ".mp3",
        ".m4a",
        ".mp4",
        ".aac",
        ".amr",
        ".3gp",
        ".ogg",
        ".oga",
        ".opus",
        ".flac",
        ".wma",
        ".gsm",
        ".au",
    }
    | {".aif", ".aiff", ".caf", ".webm", ".mka"}
)
"""What counts as audio inside a folder. A file named by itself is always tried, whatever it is called."""

_BREAKS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories that would break a line or a terminal: a call id is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One recording as the user named it: a local path or a URL."""

    uri: str

    @property
    def is_url(self) -> bool:
        """Whether fsspec has to fetch it."""
        return "://" in self.uri

    @property
    def name(self) -> str:
        """The file's name without its folders, as text on one line, whatever the file system holds."""
        name = PurePosixPath(self.uri).name if self.is_url else Path(self.uri).name
        return "".join("_" if unicodedata.category(c) in _BREAKS else c for c in legible(name))

    @property
    def stem(self) -> str:
        """The name without its ending: the default call id."""
        return Path(self.name).stem

    @contextmanager
    def local_path(self, tmp: Path) -> Iterator[Path]:
        """A path to read from; a URL is fetched into ``tmp`` first and removed afterwards, or when the next is fetched
        where this process is killed.

        Raises:
            RecordingError: ``input.fetch_failed``.
            StorageError: ``tmp`` can't be written.
        """
        if not self.is_url:
            yield Path(self.uri)
            return
        import fsspec

        with Workspace(tmp).folder() as folder:
            target = folder / self.name
            try:
                filesystem, path = fsspec.core.url_to_fs(self.uri)
                filesystem.get_file(path, str(target))
            except Exception as error:  # fsspec backends raise anything
                raise RecordingError("input.fetch_failed", uri=self.uri, reason=str(error)) from error
            yield target


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the paths led to: recordings in input order, files passed over, and paths that led nowhere."""

    sources: tuple[Source, ...]
    skipped: tuple[str, ...]
    problems: tuple[QaError, ...]


def discover(paths: Sequence[str]) -> Found:
    """Resolve what a user typed. A folder is searched with its subfolders, in order of name; repeats are dropped."""
    sources: dict[str, Source] = {}
    skipped: list[str] = []
    problems: list[QaError] = []
    for path in paths:
        try:
            found = _url(path) if "://" in path else _local(path, problems)
        except QaError as error:
            problems.append(error)
            continue
        for uri, wanted in found:
            if not wanted:
                skipped.append(uri)
                continue
            key = uri if "://" in uri else os.path.realpath(uri)
            sources.setdefault(key, Source(uri=uri))
    return Found(sources=tuple(sources.values()), skipped=tuple(skipped), problems=tuple(problems))


def _local(path: str, problems: list[QaError]) -> list[tuple[str, bool]]:
    if Path(path).is_dir():
        return _folder(path, problems)
    if os.path.lexists(path):
        return [(path, True)]
    if glob.has_magic(path):
        # Path.glob takes no absolute pattern.
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207
        if not matches:
            raise InputError("input.no_match", pattern=path)
        return [hit for m in matches for hit in (_folder(m, problems) if Path(m).is_dir() else [(m, True)])]
    raise InputError("input.missing", path=path)


def _folder(path: str, problems: list[QaError]) -> list[tuple[str, bool]]:
    found = []

    def unreadable(error: OSError) -> None:
        # What the user named is wrong input; a folder somewhere inside is a fault of that place only.
        kind = InputError if error.filename == path else RecordingError
        problems.append(kind("input.unreadable_folder", path=str(error.filename), reason=str(error.strerror)))

    for folder, subfolders, names in os.walk(path, onerror=unreadable):
        subfolders[:] = sorted(s for s in subfolders if not s.startswith("."))
        for name in sorted(n for n in names if not n.startswith(".")):
            file, audio = Path(folder) / name, Path(name).suffix.lower() in AUDIO_SUFFIXES
            if not audio and file.is_symlink() and not file.exists():
                # It may have been a whole folder of recordings, on a disk that is not there.
                target = str(file.readlink())
                problems.append(RecordingError("audio.dangling_link", path=str(file), target=target))
            else:
                found.append((str(file), audio))
    return found


def _url(url: str) -> list[tuple[str, bool]]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        if glob.has_magic(path):
            names = sorted(filesystem.glob(path))
            if not names:
                raise InputError("input.no_match", pattern=url)
        elif filesystem.isdir(path):
            names = sorted(filesystem.find(path))
        else:
            return [(url, True)]
        return [
            (filesystem.unstrip_protocol(n), PurePosixPath(n).suffix.lower() in AUDIO_SUFFIXES) for n in names
        ]
    except QaError:
        raise
    except Exception as error:  # fsspec backends raise anything
        raise InputError("input.fetch_failed", uri=url, reason=str(error)) from error
