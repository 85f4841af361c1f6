"""Look at processed calls: lists, one call with what was heard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qa_pipeline.domain.call import Call, CallInfo, Role, RoleAssignment
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.outcomes import refuse_purged
from qa_pipeline.pipeline.redaction import Clean, check_allowed
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """A line in the list of calls."""

    result: CallResult
    agent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """One call as it now stands, for readers."""

    result: CallResult
    agent_id: str | None
    call: Call | None
    """As it was heard, for what is measured; None where the recording is no two-party call."""
    clean: Clean
    """What may be read of it."""


def list_calls(store: Store, *, status: str | None = None, agent_id: str | None = None) -> list[CallEntry]:
    """Calls with their current scorecards, in order of call id."""
    rows = store.calls(status=CallStatus(status) if status else None, agent_id=agent_id)
    return [CallEntry(result=result_of(row, store), agent_id=row.info.agent_id) for row in list(rows)]


def view_call(
    ports: Ports, scoring: Scoring, call_id: str, settings: Settings, *, lang: Lang, redact: bool
) -> CallView:
    """One call with what was heard, without what is private unless ``redact`` is off.

    Raises:
        InputError: ``clips.not_allowed``, ``input.unknown_call``, ``input.words_purged``, or
            ``input.nothing_heard`` where it was never transcribed.
    """
    check_allowed(redact, settings)
    row = ports.store.call(call_id)
    if row is None:
        raise InputError("input.unknown_call", call_id=call_id)
    refuse_purged(row)
    transcript = None
    if "transcript" in row.artifacts:
        transcript = ports.artifacts.load(row.artifacts["transcript"], Transcript)
    if transcript is None or row.recording is None:
        raise InputError("input.nothing_heard", call_id=call_id, status=row.code or row.status.value)
    call, result = scoring.rebuild(row), result_of(row, ports.store)
    card = result.scorecard
    form = scoring.rubric_of(card).content if card is not None else ""
    whole = call or _without_parties(row.info, row.recording, transcript)
    clean = Clean(whole, lang, redact, name_agent=True, form=form)
    if card is not None:
        result = replace(result, scorecard=clean.scorecard(card))
    return CallView(result=result, agent_id=row.info.agent_id, call=call, clean=clean)


def opened(result: CallResult, store: Store, scoring: Scoring) -> CallResult:
    """A result whose quotes are cut again from what was heard, as far as that is kept; scorecards are kept without."""
    row = store.call(result.call_id)
    call = scoring.rebuild(row) if row is not None else None
    if result.scorecard is None or call is None:
        return result
    return replace(result, scorecard=Clean(call, "zh", redact=False).scorecard(result.scorecard))


def _without_parties(info: CallInfo, recording: Recording, transcript: Transcript) -> Call:
    """A recording that is no two-party call, so that it can be looked through: of two channels each has a role, as
    questions are asked by one and answered by the other."""
    channels = sorted({u.channel for u in transcript.utterances})
    roles = (Role.AGENT, Role.CUSTOMER) if len(channels) == 2 else (Role.UNKNOWN,)
    return Call(
        info=info,
        recording=recording,
        transcript=transcript,
        roles=tuple(
            RoleAssignment(channel=channel, role=role, confidence=0.0, basis="setting")
            for channel, role in zip(channels, roles, strict=False)
        ),
        activity={},
        turns=(),
        talk_overs=(),
        dead_air=(),
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
