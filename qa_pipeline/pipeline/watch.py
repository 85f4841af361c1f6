"""Which recordings of the watched places are new, changed or unfinished, without reading one byte of the others."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.calls_csv import read_calls
from qa_pipeline.pipeline.identity import digest
from qa_pipeline.pipeline.inputs import Source, discover
from qa_pipeline.pipeline.outcomes import PURGED
from qa_pipeline.pipeline.plan import Plan, plan_jobs
from qa_pipeline.pipeline.scoring import Job
from qa_pipeline.settings import Settings
from qa_pipeline.storage.night_base import NightLog, SeenFile, tombstone

MAY_PASS = frozenset(
    {"input.fetch_failed", "audio.unreadable", "audio.missing", "audio.dangling_link", "audio.changed"}
    | {"audio.timeout", "audio.out_of_memory", "call.internal"}
)
"""Failures that another night may mend by itself; a broken recording stays broken until its file changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Tonight's work."""

    plan: Plan
    stamps: Mapping[str, str]
    growing: tuple[str, ...]
    """Files that changed a moment ago and may still be being written: next time."""
    known: int
    """Files left alone because nothing about them has changed."""


def find_due(log: NightLog, settings: Settings, now: datetime) -> Due:
    """Look through the watched places.

    Args:
        log: what earlier nights saw.
        settings: ``watch``, ``watch_calls``, ``watch_quiet_s``, ``business_tz``.
        now: aware; files younger than ``watch_quiet_s`` wait.

    Raises:
        InputError: ``input.nothing_watched``.
        InputError | CollectedErrors: a metadata file is wrong.
    """
    if not settings.watch:
        raise InputError("input.nothing_watched")
    found = discover(settings.watch)
    unknown = {s.uri: CallInfo(call_id=s.stem) for s in found.sources}
    infos = dict(unknown)
    for path in _calls_files(settings.watch_calls):
        matched, _ = read_calls(path, settings.business_tz).match(found.sources)
        infos |= {uri: info for uri, info in matched.items() if info != unknown[uri]}
    plan = plan_jobs(found, infos)
    seen = log.seen()
    jobs: list[Job] = []
    growing: list[str] = []
    stamps: dict[str, str] = {}
    for job in plan.jobs:
        stamp, changed_at = _stamp(job.source)
        known = seen.get(job.source.uri)
        if known and known.settled and known.stamp == stamp and known.info_digest == info_digest(job.info):
            continue
        if tombstone(job.source.uri, stamp) in seen:
            continue
        if changed_at is not None and (now - changed_at).total_seconds() < settings.watch_quiet_s:
            growing.append(job.source.uri)
            continue
        jobs.append(job)
        stamps[job.source.uri] = stamp
    return Due(
        plan=replace(plan, jobs=tuple(jobs)),
        stamps=stamps,
        growing=tuple(growing),
        known=len(plan.jobs) - len(jobs) - len(growing),
    )


def seen_files(due: Due, jobs: Iterable[Job], results: Iterable[CallResult]) -> list[SeenFile]:
    """How the files of a finished batch stand, with the result of each job."""
    files = []
    for job, result in zip(jobs, results, strict=True):
        status, code = result.status, result.code
        if code in PURGED:
            # Of what was deleted on purpose not even the name is kept.
            mark = tombstone(job.source.uri, due.stamps[job.source.uri])
            files.append(SeenFile(uri=mark, stamp="", info_digest="", call_id="", settled=True))
            continue
        settled = status is not CallStatus.PENDING and not (status is CallStatus.FAILED and code in MAY_PASS)
        files.append(
            SeenFile(
                uri=job.source.uri,
                stamp=due.stamps[job.source.uri],
                info_digest=info_digest(job.info),
                call_id=result.call_id,
                settled=settled,
            )
        )
    return files


def info_digest(info: CallInfo) -> str:
    """Names what is known of a call beside its sound."""
    return digest(asdict(info))


def _calls_files(pattern: str | None) -> list[Path]:
    """The metadata files in order of name; where two speak of one recording, the later name counts."""
    if pattern is None:
        return []
    # Path.glob takes no absolute pattern.
    return [Path(p) for p in sorted(glob.glob(pattern))] or [Path(pattern)]  # noqa: PTH207


def _stamp(source: Source) -> tuple[str, datetime | None]:
    """Size and time of change, and the latter; an empty stamp where they can't be asked: scoring it says why."""
    if not source.is_url:
        try:
            stat = os.stat(source.uri)  # noqa: PTH116 - the URI may be any string
        except OSError:
            return "", None
        return f"{stat.st_size}:{stat.st_mtime_ns}", datetime.fromtimestamp(stat.st_mtime, UTC)
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(source.uri)
        info = filesystem.info(path)
    except Exception:  # fsspec backends raise anything
        return "", None
    changed = info.get("mtime") or info.get("LastModified") or info.get("created")
    if isinstance(changed, int | float):
        changed = datetime.fromtimestamp(changed, UTC)
    tag = info.get("ETag") or changed
    is_time = isinstance(changed, datetime) and changed.tzinfo is not None
    return f"{info.get('size')}:{tag}", changed if is_time else None
