"""From what a user typed to a list of jobs, before any work is done."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_pipeline.domain.call import CallInfo, plain_id
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import InputError, QaError
from qa_pipeline.pipeline.calls_csv import Row, read_calls
from qa_pipeline.pipeline.inputs import Found, discover
from qa_pipeline.pipeline.scoring import Job
from qa_pipeline.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do, and what it can't."""

    jobs: tuple[Job, ...]
    set_aside: tuple[CallResult, ...]
    """Files that share the call id of another file of this run; nothing is written for them."""
    skipped: tuple[str, ...]
    """Files in folders that are not audio."""
    problems: tuple[QaError, ...]
    """Paths that led nowhere, folders that can't be read; the rest goes on."""
    orphan_rows: tuple[Row, ...]
    """Rows of the metadata file without a recording in this run."""
    extra_columns: tuple[str, ...]
    respelt: Mapping[str, int]
    """Columns of the metadata file whose ids came in another spelling, with the number of rows."""

    def batches(self, size: int) -> Iterator[tuple[Job, ...]]:
        """The jobs in input order, ``size`` at a time."""
        for start in range(0, len(self.jobs), size):
            yield self.jobs[start : start + size]


def make_plan(paths: Sequence[str], calls_csv: Path | None, settings: Settings) -> Plan:
    """Find the recordings and join them with the metadata.

    Raises:
        InputError | CollectedErrors: the metadata file is wrong, or there is nothing to do.
    """
    found = discover(paths)
    if not found.sources:
        if found.problems:
            raise found.problems[0]
        raise InputError("input.no_recordings", paths=" ".join(paths), skipped=len(found.skipped))
    orphans: tuple[Row, ...] = ()
    extra: tuple[str, ...] = ()
    respelt: Mapping[str, int] = {}
    if calls_csv is None:
        infos = {s.uri: CallInfo(call_id=s.stem) for s in found.sources}
    else:
        calls = read_calls(calls_csv, settings.business_tz)
        matched, orphans = calls.match(found.sources)
        infos, extra, respelt = dict(matched), calls.extra_columns, calls.respelt
    plan = plan_jobs(found, infos)
    csv_name = calls_csv.resolve() if calls_csv else None
    skipped = tuple(s for s in found.skipped if csv_name is None or Path(s).resolve() != csv_name)
    return replace(plan, skipped=skipped, orphan_rows=orphans, extra_columns=extra, respelt=respelt)


def plan_jobs(found: Found, infos: Mapping[str, CallInfo]) -> Plan:
    """A job for every recording; files that share a call id with an earlier one are set aside."""
    jobs: dict[str, Job] = {}
    set_aside: list[CallResult] = []
    for source in found.sources:
        job = Job(source=source, info=infos[source.uri])
        first = jobs.setdefault(plain_id(job.info.call_id), job)
        if first is not job:
            set_aside.append(_same_id(first, job))
    return Plan(
        jobs=tuple(jobs.values()),
        set_aside=tuple(set_aside),
        skipped=found.skipped,
        problems=found.problems,
        orphan_rows=(),
        extra_columns=(),
        respelt={},
    )


def _same_id(first: Job, second: Job) -> CallResult:
    """A copy of the same bytes is harmless; other audio under a known id must be put right by a person."""
    try:
        copy = filecmp.cmp(first.source.uri, second.source.uri, shallow=False)
    except OSError:
        copy = False
    if copy:
        code, params = "call.duplicate_recording", {"call_id": first.info.call_id}
    else:
        code, params = "call.id_twice", {"call_id": first.info.call_id, "first": first.source.uri}
    return CallResult(
        call_id=second.info.call_id,
        source_name=second.source.name,
        status=CallStatus.NOT_SCORED if copy else CallStatus.FAILED,
        code=code,
        params=params,
    )
