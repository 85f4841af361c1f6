"""Puts the files of a speech model in place, whole and checked, and says how they stand.

A model's folder appears in the cache by one rename, after every file was written, synced and compared
with its digest; a lock file lets only one process build it. A stamp beside the files remembers their sizes
and times as they were when last read through, so that starting need not hash 145 MB (0.1 to 0.5 s) each
time: whatever changed since is read again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa_pipeline.asr import catalog, files, sources
from qa_pipeline.asr.catalog import ModelEntry, Source
from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings

State = Literal["installed", "not_installed", "damaged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """One file read through: the digest it should have (None: unknown) and the one it has (None: missing)."""

    name: str
    expected: str | None
    actual: str | None

    @property
    def ok(self) -> bool:
        """There, and not contrary to what is known."""
        return self.actual is not None and self.expected in (None, self.actual)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """Every file of a model, read through."""

    name: str
    path: Path
    checks: tuple[FileCheck, ...]
    pinned: bool
    """Whether the expected digests are the catalogue's; else they are the first fetch's, or unknown."""

    @property
    def ok(self) -> bool:
        """All files are there and as expected."""
        return bool(self.checks) and all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """A line of ``qa models list``."""

    name: str
    source: Source
    licence: str
    size: int | None
    state: State
    pinned: bool
    default: bool
    selected: bool
    """The one the settings choose."""
    path: Path
    notes: dict[str, str]


def cache_root(settings: Settings) -> Path:
    """The folder that holds the models' folders."""
    if settings.model_cache_dir is not None:
        return settings.model_cache_dir
    import platformdirs

    return platformdirs.user_cache_path("qa_pipeline", appauthor=False) / "models"


def ensure(settings: Settings, name: str | None = None) -> Path:
    """The folder of a usable model; joins a packaged model at its first use, never touches the network.

    Args:
        settings: names the model and the cache.
        name: another model than the settings' one: a name of the catalogue or a directory.

    Raises:
        SetupError: ``model.unknown``, ``model.missing``, ``model.incomplete``, ``model.digest_mismatch``,
            ``model.package_missing``, ``model.package_damaged``, ``model.cache_failed``.
    """
    chosen = name or settings.model
    directory = _directory(chosen)
    if directory is not None:
        return directory
    entry = catalog.get(chosen)
    target = cache_root(settings) / entry.folder_name
    if not target.is_dir():
        if entry.source != "packages":
            raise SetupError("model.missing", name=entry.name)
        with _building(settings, entry) as staging:
            if not target.is_dir():
                _build(entry, staging, target)
    _refuse_damage(entry, target)
    return target


def fetch(settings: Settings, name: str, *, force: bool = False, trust: bool = False) -> Path:
    """Get a model, or repair it; does nothing where all its bytes are right already.

    Args:
        settings: names the cache.
        name: of the catalogue.
        force: build it anew even if nothing is wrong.
        trust: accept a model whose digests nobody knows; the first copy's are then recorded as such.

    Raises:
        SetupError: as :func:`ensure`, and ``model.hub_unreachable``, ``model.hub_refused``,
            ``model.untrusted``, ``model.is_directory``.
    """
    if catalog.find(name) is None and _directory(name) is not None:
        raise SetupError("model.is_directory", path=name)
    entry = catalog.get(name)
    target = cache_root(settings) / entry.folder_name
    if not force and target.is_dir() and verify(settings, name).ok:
        return target
    if not entry.files and not trust:
        raise SetupError("model.untrusted", name=name, repository=entry.repository)
    with _building(settings, entry) as staging:
        _build(entry, staging, target)
    return target


def verify(settings: Settings, name: str | None = None) -> VerifyResult:
    """Read every byte of a model and compare.

    Raises:
        SetupError: ``model.unknown``.
    """
    chosen = name or settings.model
    entry = catalog.find(chosen)
    if entry is None:
        path = _directory(chosen) or Path(catalog.get(chosen).name)
        names = [p.name for p in sorted(path.iterdir()) if p.name in files.KNOWN_NAMES]
        expected: dict[str, str] = {}
    else:
        path = cache_root(settings) / entry.folder_name
        stamp = files.read_stamp(path)
        expected = {f.name: f.sha256 for f in entry.files} or {n: f.sha256 for n, f in stamp.items()}
        names = list(expected)
    checks = tuple(
        FileCheck(name=n, expected=expected.get(n), actual=files.sha256_or_none(path / n)) for n in names
    )
    result = VerifyResult(
        name=chosen, path=path, checks=checks, pinned=entry is not None and bool(entry.files)
    )
    if entry is not None and result.ok:
        files.write_stamp(path, {check.name: check.actual or "" for check in checks})
    return result


def status(settings: Settings) -> tuple[ModelStatus, ...]:
    """How every model of the catalogue stands, and the chosen directory where the settings name one."""
    found: list[ModelStatus] = []
    for entry in catalog.load():
        path = cache_root(settings) / entry.folder_name
        state: State = "not_installed"
        if path.is_dir():
            state = "damaged" if _damage(entry, path) else "installed"
        found.append(
            ModelStatus(
                name=entry.name,
                source=entry.source,
                licence=entry.licence,
                size=entry.size or files.folder_size(path),
                state=state,
                pinned=bool(entry.files),
                default=entry.default,
                selected=entry.name == settings.model,
                path=path,
                notes=dict(entry.notes),
            )
        )
    if catalog.find(settings.model) is None and Path(settings.model).is_dir():
        path = Path(settings.model)
        found.append(
            ModelStatus(
                name=settings.model,
                source="directory",
                licence="?",
                size=files.folder_size(path),
                state="damaged" if files.lacking(path) else "installed",
                pinned=False,
                default=False,
                selected=True,
                path=path,
                notes={},
            )
        )
    return tuple(found)


def model_digest(settings: Settings, name: str | None = None) -> str:
    """SHA-256 of the chosen ``model.bin``, cheaply.

    From the catalogue, from the stamp, or, for a directory, computed once and remembered.

    Raises:
        SetupError: as :func:`ensure`.
    """
    chosen = name or settings.model
    directory = _directory(chosen)
    if directory is not None:
        return files.remembered_sha256(directory / "model.bin", cache_root(settings) / ".digests")
    entry = catalog.get(chosen)
    if entry.digest is not None:
        return entry.digest
    stamp = files.read_stamp(cache_root(settings) / entry.folder_name)
    if "model.bin" not in stamp:
        raise SetupError("model.missing", name=entry.name)
    return stamp["model.bin"].sha256


def _directory(chosen: str) -> Path | None:
    """The directory a setting means, or None where it is (or should be) a name of the catalogue."""
    if catalog.find(chosen) is not None:
        return None
    path = Path(chosen).expanduser()
    if path.is_dir():
        missing = files.lacking(path)
        if missing:
            raise SetupError("model.directory_incomplete", path=path, files=", ".join(missing))
        return path
    if os.sep in chosen or path.exists():
        raise SetupError("model.no_directory", path=chosen)
    return None


def _damage(entry: ModelEntry, path: Path) -> SetupError | None:
    """What is wrong with an installed model; reads only what changed since it was last found right."""
    stamp = files.read_stamp(path)
    expected = {f.name: f.sha256 for f in entry.files} or {n: f.sha256 for n, f in stamp.items()}
    sizes = {f.name: f.size for f in entry.files}
    if "model.bin" not in expected:
        return SetupError("model.incomplete", name=entry.name, file="model.bin", path=path)
    changed = False
    for name, digest in expected.items():
        state = files.file_state(path / name)
        if state is None or state.size < sizes.get(name, state.size):
            return SetupError("model.incomplete", name=entry.name, file=name, path=path)
        known = stamp.get(name)
        if known is not None and known.sha256 == digest and known.state == state:
            continue
        changed = True
        if files.sha256_or_none(path / name) != digest:
            return SetupError("model.digest_mismatch", name=entry.name, file=name, path=path)
    if changed:
        files.write_stamp(path, expected)
    return None


def _refuse_damage(entry: ModelEntry, path: Path) -> None:
    damage = _damage(entry, path)
    if damage is not None:
        raise damage


@contextmanager
def _building(settings: Settings, entry: ModelEntry) -> Iterator[Path]:
    """The staging folder of a model, ours alone while the context lasts."""
    from filelock import FileLock

    root = cache_root(settings)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{entry.folder_name}.lock"):
            yield root / f".{entry.folder_name}.staging"
    except OSError as error:
        raise SetupError(
            "model.cache_failed", name=entry.name, path=root, reason=error.strerror or str(error)
        ) from error


def _build(entry: ModelEntry, staging: Path, target: Path) -> None:
    """Fill the staging folder from the entry's source, then put it in place of whatever is there."""
    obtain = sources.join_packages if entry.source == "packages" else sources.download
    digests = obtain(entry, staging)
    files.write_stamp(staging, digests, required=True)
    files.replace_folder(staging, target)
