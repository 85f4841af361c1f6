"""Domain values to rows and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import CallStatus, Review, Scorecard
from qa_pipeline.storage.base import CallRow
from qa_pipeline.storage.codec import clean, plain
from qa_pipeline.storage.schema import calls, recordings, reviews

Row = Mapping[Any, Any]

RECORDING_FACTS = ("recording_id", "codec", "sample_rate_hz", "num_channels", "num_samples")
INFO_TEXTS = ("agent_id", "agent_name", "team_id", "queue", "direction", "customer_id")
PURGED = ("audio", "transcript", "scorecard", "customer")
PRIVATE = ("customer_id", "extra", "source_uri")
"""May say who the customer is: the audit log tells that they changed, not from what to what."""
METADATA = (*INFO_TEXTS, "started_at", "ring_s", "channel_roles", "extra", "source_uri")
"""What the centre says of a call: a change of
it can move a score to another agent or month, so it is audited."""

SELECT_CALLS = select(calls, *(recordings.c[name] for name in RECORDING_FACTS)).select_from(
    calls.outerjoin(recordings, calls.c.recording_pk == recordings.c.recording_pk)
)


def call_row(row: Row) -> CallRow:
    """A row of :data:`SELECT_CALLS` as the domain sees it."""
    info = CallInfo(
        call_id=row["call_id"],
        started_at=row["started_at"],
        ring_s=row["ring_s"],
        channel_roles={int(channel): Role(role) for channel, role in row["channel_roles"].items()},
        extra=row["extra"],
        **{name: row[name] for name in INFO_TEXTS},
    )
    recording = None
    if row["recording_id"] is not None:
        recording = Recording(source_name=row["source_name"], **{name: row[name] for name in RECORDING_FACTS})
    return CallRow(
        info=info,
        recording=recording,
        source_uri=row["source_uri"],
        status=CallStatus(row["status"]),
        code=row["code"],
        params=row["params"],
        artifacts=row["artifacts"],
        received_at=row["received_at"],
        purged={what: number for what in PURGED if (number := row[f"{what}_purge"]) is not None},
    )


def call_values(new: CallRow, known: Row | None, *, now: datetime, business_tz: str) -> dict[str, Any]:
    """The columns of ``calls`` after ``new`` is saved over ``known`` (recording and ``scored_under`` apart).

    Metadata that the new row lacks stay as they are known: a second run without the CSV must not take a call from
    its agent. A row that says ``pending`` registers a call and never unsettles one.
    """
    info = new.info
    said: dict[str, Any] = {name: _clean(getattr(info, name)) for name in INFO_TEXTS}
    said["started_at"] = info.started_at
    said["ring_s"] = info.ring_s
    said["channel_roles"] = plain({str(channel): role.value for channel, role in info.channel_roles.items()})
    said["extra"] = plain(dict(info.extra))
    said["source_uri"] = clean(new.source_uri)
    state: dict[str, Any] = {
        "status": new.status.value,
        "code": new.code,
        "params": plain(dict(new.params)),
        "artifacts": plain(dict(new.artifacts)),
    }
    received = new.received_at or now
    if known is not None and known["audio_purge"] is not None:
        said["source_uri"] = ""  # a purged link does not come back
    if known is not None:
        said = {name: known[name] if value in (None, "", {}) else value for name, value in said.items()}
        received = known["received_at"]
        if new.status is CallStatus.PENDING and known["status"] != CallStatus.PENDING:
            state = {name: known[name] for name in ("status", "code", "params")} | {
                "artifacts": known["artifacts"] | state["artifacts"]
            }
    day = (said["started_at"] or received).astimezone(ZoneInfo(business_tz)).date()
    return {
        "call_id": clean(info.call_id),
        **said,
        **state,
        "received_at": received,
        "business_date": day,
    }


def recording_values(recording: Recording) -> dict[str, Any]:
    """The columns of ``recordings``; the file's name belongs to the call, as the same bytes may come under two names."""
    return {name: getattr(recording, name) for name in RECORDING_FACTS}


def scorecard_values(card: Scorecard, *, now: datetime) -> dict[str, Any]:
    """The figures of ``scorecards`` (keys apart)."""
    return {
        "points": card.points,
        "points_possible": card.points_possible,
        "score_pct": card.score_pct,
        "score_low_pct": card.score_low_pct,
        "score_high_pct": card.score_high_pct,
        "grade": card.grade,
        "num_auto_failed": len(card.auto_failed_by),
        "num_suspected_fatal": len(card.suspected_fatal),
        "made_at": now,
    }


def review_values(review: Review, call_pk: int) -> dict[str, Any]:
    """The columns of ``reviews``."""
    names = ("review_id", "rubric_id", "criterion_id", "criterion_digest", "reviewer", "reason")
    return {
        "call_pk": call_pk,
        "reviewed_at": review.reviewed_at,
        "outcome": review.outcome,
        **{name: clean(getattr(review, name)) for name in names},
    }


def review(row: Row) -> Review:
    """A row of ``reviews`` joined with its call's id."""
    names = [c.name for c in reviews.columns if c.name not in ("review_pk", "call_pk")]
    return Review(call_id=row["call_id"], **{name: row[name] for name in names})


def _clean(value: str | None) -> str | None:
    return None if value is None else clean(value)
