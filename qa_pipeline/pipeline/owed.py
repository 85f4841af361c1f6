"""Deletes outside the database what a purge has deleted inside it.

What is owed is written down with the rows that go, so that a run that is killed is finished by the next one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.errors import QaError, StorageError
from qa_pipeline.pipeline.clip_files import MANIFEST
from qa_pipeline.storage.base import Artifacts
from qa_pipeline.storage.keep_base import WIPE_ALL, KeepStore, Owed

log = logging.getLogger(__name__)

_AT_ONCE = 500
_HEARD: dict[str, type[AudioFacts | Transcript | Diarization]] = {
    "facts": AudioFacts,
    "transcript": Transcript,
    "diarization": Diarization,
}
_REDACTED = (
    "audio.mp3",
    "audio.wav",
    "transcript.txt",
    "transcript.srt",
    "transcript.vtt",
    "transcript.json",
)


@dataclass(slots=True, kw_only=True)
class Paid:
    """What was deleted, and what could not be."""

    artifacts: int = 0
    files: int = 0
    left: list[QaError] = field(default_factory=list)
    """Still owed; the next run tries again."""


def pay(store: KeepStore, artifacts: Artifacts) -> Paid:
    """Delete everything that is owed; what can't be deleted stays owed and is told."""
    paid = Paid()
    paid.artifacts += _each(store, store.owed("artifact"), paid, lambda o: artifacts.remove(o.name))
    listens = store.owed("listens")
    if listens:
        _sweep(store, artifacts, listens, paid)
    paid.files += _each(store, store.owed("file"), paid, lambda o: _unlink(Path(o.name)))
    paid.files += _each(store, store.owed("folder"), paid, lambda o: _remove_folder(Path(o.name)))
    wipes = store.owed("wipe")
    if wipes:
        whole = any(owed.name == WIPE_ALL for owed in wipes)
        try:
            store.wipe(whole=whole)
            store.settle(wipes)
        except QaError as error:
            paid.left.append(error)
    return paid


def _each(store: KeepStore, owed: Sequence[Owed], paid: Paid, remove: Callable[[Owed], None]) -> int:
    done: list[Owed] = []
    total = 0
    for one in owed:
        try:
            remove(one)
        except QaError as error:
            paid.left.append(error)
            continue
        done.append(one)
        if len(done) == _AT_ONCE:
            store.settle(done)
            total += len(done)
            done = []
    store.settle(done)
    return total + len(done)


def _sweep(store: KeepStore, artifacts: Artifacts, listens: Sequence[Owed], paid: Paid) -> None:
    """Second listens to transcripts that are gone, and what an earlier model heard in the same recordings."""
    gone = {_name(owed.name) for owed in listens}
    used = store.referenced()
    try:
        for key in list(artifacts.listing()):
            kind = key.partition("/")[0]
            if kind == "listens":
                owner, dot, _ = key.rpartition("/")[2].removesuffix(".json.gz").partition(".")
                # Earlier releases did not name the transcript: nobody knows whose it is.
                if not dot or owner in gone:
                    artifacts.remove(key)
                    paid.artifacts += 1
            elif kind in _HEARD and key not in used and _is_purged(store, artifacts, kind, key):
                artifacts.remove(key)
                paid.artifacts += 1
        store.settle(listens)
    except QaError as error:
        paid.left.append(error)


def _is_purged(store: KeepStore, artifacts: Artifacts, kind: str, key: str) -> bool:
    heard = artifacts.load(key, _HEARD[kind])
    if heard is None:
        return False
    recording_id = heard.recording.recording_id if isinstance(heard, AudioFacts) else heard.recording_id
    return bool(store.purged_recordings([recording_id]))


def _name(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError("storage.read_only", path=str(path), reason=str(error.strerror)) from error


def folder_files(folder: Path) -> tuple[Path, ...]:
    """Exactly what we wrote into a folder of clips or of one redacted recording, and the archive of it."""
    try:
        names = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        names = [*_REDACTED, "redacted.json"]
    safe = [PurePosixPath(str(name)) for name in names if isinstance(name, str)]
    files = [folder / name for name in safe if not name.is_absolute() and ".." not in name.parts]
    archive = folder.with_name(f"{folder.name}.zip")
    return tuple(path for path in (*files, folder / MANIFEST, archive) if path.is_file())


def _remove_folder(folder: Path) -> None:
    files = folder_files(folder)
    # The manifest goes last: without it nobody knows the rest.
    for path in sorted(files, key=lambda path: path.name == MANIFEST):
        _unlink(path)
    within = {up for path in files for up in path.parents if folder in (up, *up.parents)}
    for inside in sorted(within | {folder}, reverse=True):
        try:
            inside.rmdir()
        except OSError:
            log.info("folder %s holds other files and stays", inside)
