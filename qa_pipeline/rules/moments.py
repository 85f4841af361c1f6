"""Moments in the calls file: when a call began, when a parcel was delivered. Days are business days' dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.rules.scene import field_text
from qa_pipeline.settings import Settings

DEFAULT_TZ = str(Settings.model_fields["business_tz"].default)
"""For made-up calls, which know no settings."""

_WRITTEN = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
    r"(?:[T\s]+(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A day in business time, and the time of day where it is known."""

    day: date
    clock: time | None

    def __str__(self) -> str:
        return self.day.isoformat() if self.clock is None else f"{self.day} {self.clock:%H:%M}"


def read_moment(text: str, business_tz: str) -> Moment | None:
    """A day or a moment as people write it, without a zone in business time; None where it is none.

    ``2026-03-01``, ``2026/3/1``, ``20260301``, ``2026年3月1日``, each also with ``18:30`` or ``18:30:05`` after it, and with
    ``Z`` or ``+08:00`` after that.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    year, *numbers, hour, minute, second, zone = found.groups()
    month, day = (n for n in numbers if n is not None)
    try:
        if hour is None:
            return Moment(day=date(int(year), int(month), int(day)), clock=None)
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
        if zone is not None:
            moment = datetime.fromisoformat(moment.isoformat() + zone).astimezone(ZoneInfo(business_tz))
    except (ValueError, OverflowError):
        return None
    return Moment(day=moment.date(), clock=moment.time())


def moment_of(info: CallInfo, field: str, business_tz: str) -> Moment | None:
    """The moment a field of the calls file tells; None where it is missing or tells none."""
    if field == "started_at":
        if info.started_at is None:
            return None
        local = info.started_at.astimezone(ZoneInfo(business_tz))
        return Moment(day=local.date(), clock=local.time())
    text = field_text(info, field)
    return None if text is None else read_moment(text, business_tz)


def started_at(fields: Mapping[str, str | float | None], business_tz: str) -> datetime | None:
    """``started_at`` of a made-up call; None where it is missing or no moment with a time of day."""
    moment = read_moment(str(fields.get("started_at") or ""), business_tz)
    if moment is None or moment.clock is None:
        return None
    return datetime.combine(moment.day, moment.clock, ZoneInfo(business_tz)).astimezone(ZoneInfo("UTC"))


def read_clock(text: str) -> time | None:
    """``9:00`` or ``21:30``; ``24:00`` is midnight; None where it is no time of day."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    if (hour, minute) == (24, 0):
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def within_clock(clock: time, start: time, end: time) -> bool:
    """Whether a time of day lies from ``start`` up to but without ``end``; a range may pass midnight."""
    return start <= clock < end if start < end else clock >= start or clock < end
