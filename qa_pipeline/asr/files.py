"""Files of a model on disk: digests, the stamp that remembers them, and folders that appear in one step."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STAMP = ".digests.json"
_BLOCK = 1 << 20
_REQUIRED = ("model.bin", "config.json", "tokenizer.json")
"""Without ``tokenizer.json`` the recogniser would go and look for one on the network."""
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
KNOWN_NAMES = frozenset((*_REQUIRED, *_VOCABULARIES, "preprocessor_config.json"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What the file system says of a file; it changes whenever somebody writes to it."""

    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A file as it was when its digest was last computed."""

    sha256: str
    state: FileState


def file_state(path: Path) -> FileState | None:
    """The state of a regular file, or None."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return FileState(size=stat.st_size, mtime_ns=stat.st_mtime_ns, ctime_ns=stat.st_ctime_ns)


def sha256_or_none(path: Path) -> str | None:
    """SHA-256 of a file, hex; None where it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def lacking(path: Path) -> tuple[str, ...]:
    """The files a model directory ought to have and has not."""
    missing = [name for name in _REQUIRED if not (path / name).is_file()]
    if not any((path / name).is_file() for name in _VOCABULARIES):
        missing.append(" / ".join(_VOCABULARIES))
    return tuple(missing)


def folder_size(path: Path) -> int | None:
    """Bytes of the model files in a folder, or None where there are none."""
    states = [file_state(path / name) for name in sorted(KNOWN_NAMES)]
    return sum(state.size for state in states if state is not None) or None


def read_stamp(path: Path) -> dict[str, Stamped]:
    """What is remembered of the files in ``path``; nothing where the stamp is missing or unreadable."""
    try:
        loaded = json.loads((path / STAMP).read_text(encoding="utf-8"))
        return {
            name: Stamped(sha256=entry["sha256"], state=FileState(**entry["state"]))
            for name, entry in loaded.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_stamp(path: Path, digests: Mapping[str, str], *, required: bool = False) -> None:
    """Remember that the files have these digests now; a read-only folder is no matter unless ``required``."""
    content = {}
    for name, digest in sorted(digests.items()):
        state = file_state(path / name)
        if state is not None:
            content[name] = {
                "sha256": digest,
                "state": {"size": state.size, "mtime_ns": state.mtime_ns, "ctime_ns": state.ctime_ns},
            }
    try:
        write_atomically(path / STAMP, json.dumps(content, indent=1).encode())
    except OSError:
        if required:
            raise


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file so that a reader sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def copy_and_digest(parts: tuple[Path, ...], target: Path) -> str:
    """Write the parts one after the other into ``target``, synced; returns the SHA-256 of the whole."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def replace_folder(staging: Path, target: Path) -> None:
    """Put ``staging`` in the place of ``target``. The caller holds the lock, so nobody builds meanwhile."""
    old = staging.with_name(f"{staging.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    staging.rename(target)
    if os.name == "posix":
        # The rename itself must survive a power cut.
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    shutil.rmtree(old, ignore_errors=True)


def remembered_sha256(path: Path, memory: Path) -> str:
    """SHA-256 of a large file, computed once per path, size and time and kept in the folder ``memory``."""
    state = file_state(path)
    slot = memory / f"{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:32]}.json"
    try:
        kept = json.loads(slot.read_text(encoding="utf-8"))
        if state is not None and FileState(**kept["state"]) == state:
            return str(kept["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # Nothing remembered: compute it.
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if state is not None:
        content = {
            "sha256": digest,
            "state": {"size": state.size, "mtime_ns": state.mtime_ns, "ctime_ns": state.ctime_ns},
        }
        try:
            write_atomically(slot, json.dumps(content).encode())
        except OSError:
            return digest  # An unwritable cache only costs time.
    return digest
