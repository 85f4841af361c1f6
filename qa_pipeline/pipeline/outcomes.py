"""How one call came out, as the row that is saved and the result that is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from qa_pipeline.conversation.measures import measures
from qa_pipeline.domain.call import Call, CallInfo
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import InputError, QaError, fault
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.triage import NotScored
from qa_pipeline.storage.base import CallRow, SavedCall

_ABOUT_THE_RUN = {"call.no_rubric", "call.several_rubrics", "call.duplicate_recording"}


PURGED = frozenset({"call.purged", "call.forgotten"})
"""Codes of recordings whose words were deleted on purpose: nothing is written about them any more."""


def refuse_purged(row: CallRow) -> None:
    """For what needs the words of a call.

    Raises:
        InputError: ``input.words_purged`` where they were deleted on purpose.
    """
    if "transcript" in row.purged:
        raise InputError("input.words_purged", call_id=row.info.call_id, purge=f"P{row.purged['transcript']}")


def purged(row: CallRow, owners: Iterable[CallRow]) -> SavedCall | None:
    """The result for a recording that must not be heard again; None where it may.

    Args:
        row: of the call in question.
        owners: all calls of the recording that are known.
    """
    gone = {what for owner in owners for what in owner.purged}
    if "customer" in gone:
        return not_scored(row, NotScored(code="call.forgotten"))
    return not_scored(row, NotScored(code="call.purged")) if gone & {"transcript", "scorecard"} else None


def new_row(source: Source, info: CallInfo, status: CallStatus, reason: NotScored | None = None) -> CallRow:
    """The row of a call of which nothing was heard yet."""
    return CallRow(
        info=info,
        recording=None,
        source_uri=source.uri if source.is_url else str(Path(source.uri).resolve()),
        status=status,
        code=reason.code if reason else None,
        params=dict(reason.params) if reason else {},
    )


def not_scored(row: CallRow, reason: NotScored) -> SavedCall:
    """The call has no score, and why."""
    return SavedCall(
        row=replace(row, status=CallStatus.NOT_SCORED, code=reason.code, params=dict(reason.params))
    )


def failed(row: CallRow, error: QaError) -> SavedCall:
    """The recording can't be used, and why."""
    return SavedCall(row=replace(row, status=CallStatus.FAILED, code=error.code, params=_plain(error.params)))


def crashed(row: CallRow, error: Exception) -> SavedCall:
    """A fault of ours."""
    return SavedCall(
        row=replace(row, status=CallStatus.FAILED, code="call.internal", params={"reason": fault(error)})
    )


def result(source: Source, saved: SavedCall) -> CallResult:
    """What is told of a call."""
    return CallResult(
        call_id=saved.row.info.call_id,
        source_name=source.name,
        status=saved.row.status,
        code=saved.row.code,
        params=saved.row.params,
        scorecard=saved.scorecard,
        duration_ms=saved.row.recording.duration_ms if saved.row.recording else None,
    )


def claimed_elsewhere(source: Source, info: CallInfo) -> CallResult:
    """Another process is working on the call."""
    return CallResult(
        call_id=info.call_id,
        source_name=source.name,
        status=CallStatus.PENDING,
        code="call.claimed_elsewhere",
    )


def completed(info: CallInfo, known: CallInfo | None) -> CallInfo:
    """What an earlier run was told stays true where this one is told nothing (a run without the metadata file)."""
    if known is None:
        return info
    missing = {f.name: getattr(known, f.name) for f in fields(info) if getattr(info, f.name) in (None, {})}
    return replace(info, **missing)


def says_nothing_of_the_call(row: CallRow) -> bool:
    """Whether a result is about the file or the run rather than the conversation."""
    return row.status is CallStatus.FAILED or row.code in _ABOUT_THE_RUN


def _plain(params: Mapping[str, object]) -> dict[str, object]:
    return {k: v if isinstance(v, int | float | str | bool) else str(v) for k, v in params.items()}


def kept(call: Call) -> dict[tuple[str, str], float]:
    """The call's measures as the database keeps them: the role of those of the whole call is empty."""
    return {(role.value if role else "", name): value for (role, name), value in measures(call).items()}
