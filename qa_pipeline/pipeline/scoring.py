"""The main use case: recordings in, explained scorecards out, a batch at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.asr.base import Recognizer
from qa_pipeline.audio.base import AudioReader
from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.diarization.base import Diarizer
from qa_pipeline.domain.call import Call, CallInfo, plain_id
from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard
from qa_pipeline.errors import QaError, RecordingError, fault_trace
from qa_pipeline.pipeline.hearing import Heard, Hearing, LazyAudio
from qa_pipeline.pipeline.identity import digest, provenance
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.outcomes import (
    PURGED,
    claimed_elsewhere,
    completed,
    crashed,
    failed,
    kept,
    new_row,
    not_scored,
    purged,
    result,
    says_nothing_of_the_call,
)
from qa_pipeline.pipeline.recall import recall
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.pipeline.second_listen import Ask, SecondListen, findings
from qa_pipeline.pipeline.triage import (
    NotScored,
    before_assembly,
    before_listening,
    before_scoring,
    without_voices,
)
from qa_pipeline.pipeline.voice import voice_provenance, with_usual_pitch
from qa_pipeline.privacy.names import public_name
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
    diarizer: Diarizer | None = None
    """None where the component for mono recordings is not installed."""


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
        self._hearing = Hearing(ports.reader, ports.recognizer, ports.diarizer, ports.artifacts)
        self._listening = SecondListen(ports.artifacts, ports.engine, ports.recognizer, settings)
        self._registered: set[str] = set()
        self._by_digest = {r.digest: r for r in (*self._rubrics, *((forced,) if forced else ()))}

    def register(self, jobs: Sequence[Job]) -> None:
        """Write down every call before any work, so that an interrupted night shows what is still pending.

        A call id gets its plain spelling, except where the call is known as written (by its file's name, or from before
        ids had one): the same file must not become a second call.
        """
        named = [self._named(job) for job in jobs]
        new = [job for job in named if self._ports.store.call(job.info.call_id) is None]
        self._ports.store.save(
            [
                SavedCall(
                    row=new_row(job.source, job.info, CallStatus.PENDING, NotScored(code="call.waiting"))
                )
                for job in new
            ]
        )

    def score_batch(self, jobs: Sequence[Job], on_result: OnResult | None = None) -> tuple[CallResult, ...]:
        """Score one batch and commit it in one transaction; results in the order of the jobs.

        A call that another process is working on comes back ``pending``; a recording that can't be used ``failed``.

        Raises:
            StorageError: nothing of the batch was committed; what was heard is kept and not heard again.
            InputError: ``rubric.version_changed``.
        """
        store = self._ports.store
        jobs = [self._named(job) for job in jobs]
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
                    if outcome.row.code in PURGED:
                        store.discard(job.info.call_id)
                    elif not (says_nothing_of_the_call(outcome.row) and self._has_score(job)):
                        saved.append(outcome)
                    results.append(result(job.source, outcome))
                else:
                    results.append(claimed_elsewhere(job.source, job.info))
                if on_result is not None:
                    on_result(results[-1])
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

    def _named(self, job: Job) -> Job:
        written, plain = job.info.call_id, plain_id(job.info.call_id)
        if written in (plain, job.source.stem) or self._ports.store.call(written) is not None:
            return job
        return replace(job, info=replace(job.info, call_id=plain))

    def _score_one(self, job: Job, originals: dict[str, str]) -> SavedCall:
        known = self._ports.store.call(job.info.call_id)
        job = replace(job, info=completed(job.info, known.info if known else None))
        row = new_row(job.source, job.info, CallStatus.FAILED)
        try:
            with (
                job.source.local_path(self._settings.data_dir / "tmp") as path,
                LazyAudio(self._ports.reader, path) as audio,
            ):
                recording_id = self._ports.reader.recording_id(path)
                gone = purged(row, self._owners(recording_id))
                if gone is not None:
                    return gone
                twin = self._original(recording_id, job.info.call_id, originals)
                if twin is not None:
                    return not_scored(
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
                heard = self._hearing.hear(recording_id, audio)
                originals.setdefault(recording_id, job.info.call_id)
                recording = replace(heard.facts.recording, source_name=job.source.name)
                row = replace(row, recording=recording, artifacts=heard.artifacts)
                facts = replace(heard.facts, recording=recording)
                return self._judge(row, replace(heard, facts=facts), audio)
        except RecordingError as error:
            return failed(row, error)
        except QaError:
            raise
        except Exception as error:  # a fault of ours in one call must not take the night's batch with it
            log.error("call %s: internal fault\n%s", public_name(job.info.call_id), fault_trace(error))
            return crashed(row, error)

    def _has_score(self, job: Job) -> bool:
        """A file that broke later, or a run without a fitting rubric, must not wipe out an earlier score, nor what is left
        of a call that was deleted on purpose."""
        known = self._ports.store.call(job.info.call_id)
        return known is not None and (known.status is CallStatus.SCORED or bool(known.purged))

    def _original(self, recording_id: str, call_id: str, originals: Mapping[str, str]) -> str | None:
        """Another call that already stands for these bytes; scoring both would count one conversation twice."""
        if originals.get(recording_id, call_id) != call_id:
            return originals[recording_id]
        for row in self._owners(recording_id):
            if row.info.call_id == call_id:
                return None
            if row.code != "call.duplicate_recording":
                return row.info.call_id
        return None

    def _owners(self, recording_id: str) -> Iterator[CallRow]:
        """Calls that point to these bytes, first registered first."""
        for call_id in self._ports.store.calls_of_recording(recording_id):
            row = self._ports.store.call(call_id)
            if row is not None:
                yield row

    def _judge(self, row: CallRow, heard: Heard, audio: LazyAudio) -> SavedCall:
        facts, transcript, voices = heard.facts, heard.transcript, heard.diarization
        reason = before_listening(facts) or before_assembly(facts) or without_voices(facts, voices)
        if reason is not None or transcript is None:
            return not_scored(row, reason or NotScored(code="call.no_speech", params={"seconds": 0.0}))
        call = assemble(
            row.info,
            facts,
            transcript,
            default_agent_channel=self._settings.agent_channel,
            diarization=voices,
        )
        reason = before_scoring(call, min_hearing_quality=self._settings.min_hearing_quality)
        if reason is not None:
            return not_scored(row, reason)
        rubric = self._forced or select_rubric(self._rubrics, row.info, self._settings.business_tz)
        if isinstance(rubric, str):
            known = {"queue": row.info.queue or "—", "direction": row.info.direction or "—"}
            return replace(not_scored(row, NotScored(code=rubric, params=known)), measures=kept(call))
        tz = self._settings.business_tz
        call = with_usual_pitch(call, rubric, self._ports.store, tz, keep=True)
        card = self._scorecard(call, rubric, self._listening.ask(call, heard.artifacts["transcript"], audio))
        row = replace(row, status=CallStatus.SCORED, code=None)
        return SavedCall(row=row, scorecard=card, measures=kept(call))

    def _scorecard(self, call: Call, rubric: Rubric, ask: Ask) -> Scorecard:
        store, settings = self._ports.store, self._settings
        if rubric.digest not in self._registered:
            store.register_rubric(rubric.rubric, rubric.version, rubric.digest, rubric.content)
            self._registered.add(rubric.digest)
        known_by = provenance(
            self._ports.engine, self._ports.reader.digest, call.transcript, settings, call.info
        ) | voice_provenance(call, rubric)
        engine_digest = digest(known_by)
        known = store.find_scorecard(
            call.info.call_id, rubric.rubric, rubric.version, rubric.digest, engine_digest
        )
        if known is not None:
            return known
        card = score(
            rubric,
            findings(rubric, call, settings, ask),
            call,
            engine_digest=engine_digest,
            max_pending_pct=settings.max_pending_pct,
            fatal_needs_person=settings.fatal_needs_person,
            provenance=known_by,
        )
        # Decided on what was said; kept without what is private in it. Placeholders are Chinese like the quotes, whoever
        # reads them: a scorecard does not depend on the language of the run.
        return Clean(call, "zh", name_agent=True, form=rubric.content).scorecard(card)
