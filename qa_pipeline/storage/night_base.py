"""The part of the database port that the nightly job uses: what it saw, what it made, what has changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from qa_pipeline.domain.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """A watched file as a night left it."""

    uri: str
    stamp: str
    """Size and time of change (or a server's own tag): what says that the bytes are the same."""
    info_digest: str
    """Of the call's metadata as they then were: a row that arrives or changes later makes the call due again."""
    call_id: str
    settled: bool
    """Whether its call was scored, not scored or failed for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRun:
    """A report that was made of a period; ``revision`` counts from 1."""

    period: Period
    revision: int
    fingerprint: str
    folder: str
    made_at: datetime


def tombstone(uri: str, stamp: str) -> str:
    """What stays of a watched file whose call is no longer kept: enough to know it again as long as it does not change.

    Size and time of change go in with the name, so that a name (often a telephone number) can't be found by trying.
    """
    content = f"{uri}\n{stamp}".encode("utf-8", "replace")
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class NightLog(Protocol):
    """The memory of the nightly job."""

    def seen(self) -> Mapping[str, SeenFile]:
        """All watched files of earlier nights by URI."""
        ...

    def remember(self, files: Sequence[SeenFile]) -> None:
        """Write down how these files stand now, in one transaction."""
        ...

    def report_run(self, period: Period) -> ReportRun | None:
        """The newest report made of exactly this period."""
        ...

    def add_report_run(self, run: ReportRun) -> None:
        """Write down a report; one of the same revision stands."""
        ...

    def fingerprint(self, period: Period) -> str:
        """Names everything a report of the period rests on: its calls, how they stand, their scores and people's marks."""
        ...

    def has_calls(self, period: Period) -> bool:
        """Whether any call belongs to the period."""
        ...

    def days_with_calls(self) -> tuple[date, date] | None:
        """The first and the last business day that has a call; None where there is none."""
        ...
