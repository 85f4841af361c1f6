"""The main use case: recordings in, explained scorecards out, a batch at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from qa_pipeline.asr.base import Recognizer
from qa_pipeline.audio.base import AudioReader
from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, CallInfo
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.errors import QaError, RecordingError
from qa_pipeline.pipeline.identity import digest, provenance
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.recall import recall
from qa_pipeline.pipeline.triage import NotScored, before_assembly, before_listening, before_scoring
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.select import select_rubric
from qa_pipeline.scoring.score import score
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts, CallRow, SavedCall, Store

log = logging.getLogger(__name__)

OnResult = Callable[[CallResult], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside world as the use cases see it."""

    reader: AudioReader
    recognizer: Recognizer
    store: Store
    artifacts: Artifacts
    engine: Mapping[str, str]
    """Digests of our own code: with the models' provenance and the settings it names what decided a score."""
    owner: str
    """This process, for leases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One recording to score, with what is known of the call."""

    source: Source
    info: CallInfo


class Scoring:
    """Scores batches under the rubrics that apply. One instance a process: the ports hold the loaded model."""

    def __init__(
        self, ports: Ports, settings: Settings, rubrics: Sequence[Rubric], *, forced: Rubric | None = None
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._rubrics = tuple(rubrics)
        self._forced = forced
        self._registered: set[str] = set()
        self._by_digest = {r.digest: r for r in (*self._rubrics, *((forced,) if forced else ()))}

    def register(self, jobs: Sequence[Job]) -> None:
        """Write down every call before any work, so that an interrupted night shows what is still pending."""
        new = [job for job in jobs if self._ports.store.call(job.info.call_id) is None]
        self._ports.store.save(
            [SavedCall(row=_row(job, CallStatus.PENDING, NotScored(code="call.waiting"))) for job in new]
        )

    def score_batch(self, jobs: Sequence[Job], on_result: OnResult | None = None) -> tuple[CallResult, ...]:
        """Score one batch and commit it in one transaction; results in the order of the jobs.

        A call that another process is working on comes back ``pending``; a recording that can't be used ``failed``.

        Raises:
            StorageError: nothing of the batch was committed; what was heard is kept and not heard again.
            InputError: ``rubric.version_changed``.
        """
        store = self._ports.store
        ours = set(
            store.claim([j.info.call_id for j in jobs], owner=self._ports.owner, ttl_s=self._settings.lease_s)
        )
        saved: list[SavedCall] = []
        results: list[CallResult] = []
        originals: dict[str, str] = {}
        try:
            for job in jobs:
                if job.info.call_id in ours:
                    outcome = self._score_one(job, originals)
                    if not (_says_nothing_of_the_call(outcome.row) and self._has_score(job)):
                        saved.append(outcome)
                    result = _result(job, outcome)
                else:
                    result = CallResult(
                        call_id=job.info.call_id,
                        source_name=job.source.name,
                        status=CallStatus.PENDING,
                        code="call.claimed_elsewhere",
                    )
                results.append(result)
                if on_result is not None:
                    on_result(result)
            store.save(saved)
        finally:
            store.release(sorted(ours), owner=self._ports.owner)
        return tuple(results)

    def rebuild(self, row: CallRow) -> Call | None:
        """The call behind a row, from what was heard before; None where that is no longer kept."""
        return recall(row, self._ports.artifacts, agent_channel=self._settings.agent_channel)

    def rubric_of(self, card: Scorecard) -> Rubric:
        """The rubric a scorecard was made with, from the files in force or from the database.

        Raises:
            LookupError: the database lost it.
        """
        known = self._by_digest.get(card.rubric_digest)
        if known is None:
            content = self._ports.store.rubric_content(
                card.rubric_id, card.rubric_version, card.rubric_digest
            )
            if content is None:
                raise LookupError(f"rubric {card.rubric_id} {card.rubric_version} is not in the database")
            known = self._by_digest[card.rubric_digest] = parse_rubric(content, f"{card.rubric_id}.yaml")
        return known

    def _score_one(self, job: Job, originals: dict[str, str]) -> SavedCall:
        known = self._ports.store.call(job.info.call_id)
        job = replace(job, info=_completed(job.info, known.info if known else None))
        row = _row(job, CallStatus.FAILED, None)
        try:
            with job.source.local_path(self._settings.data_dir / "tmp") as path:
                recording_id = self._ports.reader.recording_id(path)
                twin = self._original(recording_id, job.info.call_id, originals)
                if twin is not None:
                    return _not_scored(
                        row, NotScored(code="call.duplicate_recording", params={"call_id": twin})
                    )
                before = known.recording if known is not None else None
                if known is not None and before is not None and before.recording_id != recording_id:
                    raise RecordingError(
                        "call.other_audio",
                        call_id=job.info.call_id,
                        source=job.source.uri,
                        known_source=known.source_uri,
                    )
                facts, transcript, artifacts = self._hear(path, recording_id)
            originals.setdefault(recording_id, job.info.call_id)
            recording = replace(facts.recording, source_name=job.source.name)
            row = replace(row, recording=recording, artifacts=artifacts)
            return self._judge(row, replace(facts, recording=recording), transcript)
        except RecordingError as error:
            return SavedCall(row=replace(row, code=error.code, params=_plain(error.params)))
        except QaError:
            raise
        except Exception as error:  # a fault of ours in one call must not take the night's batch with it
            log.exception("call %s: internal fault", job.info.call_id)
            return SavedCall(row=replace(row, code="call.internal", params={"reason": repr(error)}))

    def _has_score(self, job: Job) -> bool:
        """A file that broke later, or a run without a fitting rubric, must not wipe out an earlier score."""
        known = self._ports.store.call(job.info.call_id)
        return known is not None and known.status is CallStatus.SCORED

    def _original(self, recording_id: str, call_id: str, originals: Mapping[str, str]) -> str | None:
        """Another call that already stands for these bytes; scoring both would count one conversation twice."""
        if originals.get(recording_id, call_id) != call_id:
            return originals[recording_id]
        for other in self._ports.store.calls_of_recording(recording_id):
            if other == call_id:
                return None
            row = self._ports.store.call(other)
            if row is not None and row.code != "call.duplicate_recording":
                return other
        return None

    def _hear(self, path: Path, recording_id: str) -> tuple[AudioFacts, Transcript | None, Mapping[str, str]]:
        """Measure and transcribe, or recall what was measured and transcribed before."""
        artifacts, reader, recognizer = self._ports.artifacts, self._ports.reader, self._ports.recognizer
        facts_key = artifacts.key("facts", recording_id, reader.digest)
        text_key = artifacts.key("transcript", recording_id, reader.digest, digest(recognizer.provenance))
        facts = artifacts.load(facts_key, AudioFacts)
        transcript = artifacts.load(text_key, Transcript)
        if facts is None or (transcript is None and before_listening(facts) is None):
            with reader.open(path) as decoded:
                if facts is None:
                    facts = decoded.facts
                    artifacts.save(facts_key, facts)
                if transcript is None and before_listening(facts) is None:
                    transcript = recognizer.transcribe(recording_id, decoded.channels, facts.activity)
                    artifacts.save(text_key, transcript)
        keys = {"facts": facts_key}
        if transcript is not None:
            keys["transcript"] = text_key
        return facts, transcript, keys

    def _judge(self, row: CallRow, facts: AudioFacts, transcript: Transcript | None) -> SavedCall:
        reason = before_listening(facts) or before_assembly(facts)
        if reason is not None or transcript is None:
            return _not_scored(row, reason or NotScored(code="call.no_speech", params={"seconds": 0.0}))
        call = self._assemble(row.info, facts, transcript)
        reason = before_scoring(call, min_hearing_quality=self._settings.min_hearing_quality)
        if reason is not None:
            return _not_scored(row, reason)
        rubric = self._forced or select_rubric(self._rubrics, row.info, self._settings.business_tz)
        if isinstance(rubric, str):
            return _not_scored(
                row,
                NotScored(
                    code=rubric,
                    params={"queue": row.info.queue or "—", "direction": row.info.direction or "—"},
                ),
            )
        card = self._scorecard(call, rubric, facts, transcript)
        return SavedCall(row=replace(row, status=CallStatus.SCORED, code=None), scorecard=card)

    def _scorecard(self, call: Call, rubric: Rubric, facts: AudioFacts, transcript: Transcript) -> Scorecard:
        store, settings = self._ports.store, self._settings
        if rubric.digest not in self._registered:
            store.register_rubric(rubric.rubric, rubric.version, rubric.digest, rubric.content)
            self._registered.add(rubric.digest)
        known_by = provenance(self._ports.engine, self._ports.reader.digest, transcript, settings, call.info)
        engine_digest = digest(known_by)
        known = store.find_scorecard(
            call.info.call_id, rubric.rubric, rubric.version, rubric.digest, engine_digest
        )
        if known is not None:
            return known
        findings = evaluate(
            rubric,
            call,
            min_confidence=settings.min_confidence,
            min_confidence_fatal=settings.min_confidence_fatal,
        )
        return score(
            rubric,
            findings,
            call,
            engine_digest=engine_digest,
            max_pending_pct=settings.max_pending_pct,
            fatal_needs_person=settings.fatal_needs_person,
            provenance=known_by,
        )

    def _assemble(self, info: CallInfo, facts: AudioFacts, transcript: Transcript) -> Call:
        return assemble(info, facts, transcript, default_agent_channel=self._settings.agent_channel)


def _completed(info: CallInfo, known: CallInfo | None) -> CallInfo:
    """What an earlier run was told stays true where this one is told nothing (a run without the metadata file)."""
    if known is None:
        return info
    missing = {f.name: getattr(known, f.name) for f in fields(info) if getattr(info, f.name) in (None, {})}
    return replace(info, **missing)


def _says_nothing_of_the_call(row: CallRow) -> bool:
    """Whether a result is about the file or the run rather than the conversation."""
    about_the_run = {"call.no_rubric", "call.several_rubrics", "call.duplicate_recording"}
    return row.status is CallStatus.FAILED or row.code in about_the_run


def _row(job: Job, status: CallStatus, reason: NotScored | None) -> CallRow:
    return CallRow(
        info=job.info,
        recording=None,
        source_uri=job.source.uri if job.source.is_url else str(Path(job.source.uri).resolve()),
        status=status,
        code=reason.code if reason else None,
        params=dict(reason.params) if reason else {},
    )


def _not_scored(row: CallRow, reason: NotScored) -> SavedCall:
    return SavedCall(
        row=replace(row, status=CallStatus.NOT_SCORED, code=reason.code, params=dict(reason.params))
    )


def _result(job: Job, outcome: SavedCall) -> CallResult:
    return CallResult(
        call_id=job.info.call_id,
        source_name=job.source.name,
        status=outcome.row.status,
        code=outcome.row.code,
        params=outcome.row.params,
        scorecard=outcome.scorecard,
    )


def _plain(params: Mapping[str, object]) -> dict[str, object]:
    return {k: v if isinstance(v, int | float | str | bool) else str(v) for k, v in params.items()}
