"""Look at processed calls: lists, one call with what was heard."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.call import Call
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.storage.base import CallRow, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """A line in the list of calls."""

    result: CallResult
    agent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """One call as it now stands."""

    result: CallResult
    agent_id: str | None
    transcript: Transcript
    call: Call | None
    """None where the recording is no two-party call."""


def list_calls(store: Store, *, status: str | None = None, agent_id: str | None = None) -> list[CallEntry]:
    """Calls with their current scorecards, in order of call id."""
    rows = store.calls(status=CallStatus(status) if status else None, agent_id=agent_id)
    return [CallEntry(result=result_of(row, store), agent_id=row.info.agent_id) for row in list(rows)]


def view_call(ports: Ports, scoring: Scoring, call_id: str) -> CallView:
    """One call with what was heard.

    Raises:
        InputError: ``input.unknown_call``, or ``input.nothing_heard`` where it was never transcribed.
    """
    row = ports.store.call(call_id)
    if row is None:
        raise InputError("input.unknown_call", call_id=call_id)
    transcript = None
    if "transcript" in row.artifacts:
        transcript = ports.artifacts.load(row.artifacts["transcript"], Transcript)
    if transcript is None:
        raise InputError("input.nothing_heard", call_id=call_id, status=row.code or row.status.value)
    return CallView(
        result=result_of(row, ports.store),
        agent_id=row.info.agent_id,
        transcript=transcript,
        call=scoring.rebuild(row),
    )


def result_of(row: CallRow, store: Store) -> CallResult:
    """How a call came out, with the scorecard that stands."""
    scored = row.status is CallStatus.SCORED
    return CallResult(
        call_id=row.info.call_id,
        source_name=row.recording.source_name if row.recording else row.source_uri.rsplit("/", 1)[-1],
        status=row.status,
        code=row.code,
        params=row.params,
        scorecard=store.scorecard(row.info.call_id) if scored else None,
    )
