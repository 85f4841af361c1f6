"""Writes one batch of results, inside the caller's write transaction. Saying the same twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.errors import InputError
from qa_pipeline.storage import audit, codec
from qa_pipeline.storage.base import SavedCall
from qa_pipeline.storage.measures import save_measures
from qa_pipeline.storage.rows import METADATA, PRIVATE, SELECT_CALLS, Row, call_values, recording_values
from qa_pipeline.storage.schema import calls, recordings
from qa_pipeline.storage.scores import ScorecardWriter, insert_new


class BatchWriter:
    """One batch on its way into the database."""

    def __init__(self, connection: Connection, *, now: datetime, business_tz: str, actor: str) -> None:
        self._db = connection
        self._now = now
        self._business_tz = business_tz
        self._actor = actor
        self._entries: list[audit.Entry] = []
        self._news: dict[str, dict[str, object]] = {}
        """Call id to what the audit log shall say of its new state."""

    def save(self, outcomes: Sequence[SavedCall]) -> None:
        """All of them.

        Raises:
            InputError: ``call.other_audio``, ``storage.rubric_unknown``; nothing is written then.
            ValueError: the caller's bug (a scorecard of another call or recording, or on a call that is not scored).
        """
        batch = {codec.clean(saved.row.info.call_id): saved for saved in outcomes}
        known = self._known(list(batch))
        self._refuse_other_audio(outcomes, known)
        for saved in outcomes:
            _check(saved)
        if len(batch) < len(outcomes):
            raise ValueError("a call twice in one batch: which of the two results counts?")
        recording_pks = self._save_recordings(outcomes)
        call_pks = self._save_calls(batch, known, recording_pks)
        scores = ScorecardWriter(self._db, now=self._now)
        scores.save({i: s.scorecard for i, s in batch.items() if s.scorecard is not None}, call_pks)
        save_measures(self._db, {call_pks[i]: s.measures for i, s in batch.items() if s.measures is not None})
        self._entries += scores.entries
        for call_id in [i for i in batch if i in self._news or i in scores.news]:
            detail = self._news.get(call_id, {}) | scores.news.get(call_id, {})
            status = batch[call_id].row.status
            self._entries.append((f"call.{status}", call_id, detail))
        audit.append(self._db, self._now, self._actor, self._entries)

    def _known(self, call_ids: Sequence[str]) -> dict[str, Row]:
        rows = self._db.execute(SELECT_CALLS.where(calls.c.call_id.in_(call_ids))).mappings()
        return {row["call_id"]: row for row in rows}

    def _refuse_other_audio(self, outcomes: Sequence[SavedCall], known: Mapping[str, Row]) -> None:
        first: dict[str, tuple[str, str]] = {
            call_id: (row["recording_id"], row["source_uri"])
            for call_id, row in known.items()
            if row["recording_id"] is not None
        }
        for saved in outcomes:
            if saved.row.recording is None:
                continue
            call_id = codec.clean(saved.row.info.call_id)
            mine = (saved.row.recording.recording_id, saved.row.source_uri)
            theirs = first.setdefault(call_id, mine)
            if theirs[0] != mine[0]:
                raise InputError("call.other_audio", call_id=call_id, source=mine[1], known_source=theirs[1])

    def _save_recordings(self, outcomes: Sequence[SavedCall]) -> dict[str, int]:
        new = {r.recording_id: recording_values(r) for s in outcomes if (r := s.row.recording) is not None}
        rows = self._db.execute(select(recordings).where(recordings.c.recording_id.in_(list(new)))).mappings()
        known = {row["recording_id"]: row for row in rows}
        pks = {recording_id: row["recording_pk"] for recording_id, row in known.items()}
        for recording_id, row in known.items():
            if any(row[name] != value for name, value in new[recording_id].items()):
                # A later decoder may measure the same bytes differently.
                self._db.execute(
                    update(recordings)
                    .where(recordings.c.recording_pk == row["recording_pk"])
                    .values(new[recording_id])
                )
        missing = [values for recording_id, values in new.items() if recording_id not in known]
        return pks | insert_new(self._db, recordings, missing, "recording_id", "recording_pk")

    def _save_calls(
        self, batch: Mapping[str, SavedCall], known: Mapping[str, Row], recording_pks: Mapping[str, int]
    ) -> dict[str, int]:
        pks: dict[str, int] = {}
        missing = []
        for call_id, saved in batch.items():
            old = known.get(call_id)
            row = saved.row
            values = call_values(row, old, now=self._now, business_tz=self._business_tz)
            settles = row.status is not CallStatus.PENDING
            if settles:
                values["scored_under"] = _scored_under(saved, old)
            if row.recording is not None:
                values["recording_pk"] = recording_pks[row.recording.recording_id]
                purged = old is not None and old["audio_purge"] is not None
                values["source_name"] = "" if purged else codec.clean(row.recording.source_name)
            if old is None:
                missing.append({"scored_under": None, "recording_pk": None, "source_name": None} | values)
                changed = values
            else:
                pks[call_id] = old["call_pk"]
                changed = {name: value for name, value in values.items() if old[name] != value}
                self._update_call(old, changed)
            if settles and changed.keys() & {"status", "code", "params"}:
                self._news.setdefault(call_id, {})["code"] = row.code
        return pks | insert_new(self._db, calls, missing, "call_id", "call_pk")

    def _update_call(self, old: Row, changed: Mapping[str, Any]) -> None:
        if not changed:
            return
        self._db.execute(update(calls).where(calls.c.call_pk == old["call_pk"]).values(changed))
        moved = {
            name: True if name in PRIVATE else [old[name], value]
            for name, value in changed.items()
            if name in METADATA
        }
        if moved:
            self._entries.append(("call.metadata_changed", old["call_id"], moved))


def _scored_under(saved: SavedCall, old: Row | None) -> str | None:
    if saved.scorecard is not None:
        return codec.clean(saved.scorecard.rubric_id)
    if saved.row.status is CallStatus.SCORED and old is not None:
        under: str | None = old["scored_under"]
        return under
    return None


def _check(saved: SavedCall) -> None:
    row, card = saved.row, saved.scorecard
    if card is None:
        return
    if row.status is not CallStatus.SCORED:
        raise ValueError(f"{row.info.call_id}: a scorecard on a call that is {row.status}")
    if card.call_id != row.info.call_id:
        raise ValueError(f"{row.info.call_id}: the scorecard is of call {card.call_id}")
    if row.recording is not None and card.recording_id != row.recording.recording_id:
        raise ValueError(f"{row.info.call_id}: the scorecard is of recording {card.recording_id}")
