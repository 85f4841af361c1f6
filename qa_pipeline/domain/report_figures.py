"""A report's figures, each with how sure it is, and their course. Rates and shares are 0 to 1, scores 0 to 100."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from qa_pipeline.domain.period import PeriodKind


class Verdict(StrEnum):
    """What may be said of a difference. ``NO_DIFFERENCE_SHOWN`` is an honest answer, not a missing one."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE_SHOWN = "no_difference_shown"
    TOO_FEW = "too_few"
    """Too few calls on a side to judge."""
    NOT_COMPARABLE = "not_comparable"
    """The two sides were scored by different rubrics or versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval and its change against what it is compared with (the period before, or before
    an improvement)."""

    value: float | None = None
    """None where nothing was counted."""
    low: float | None = None
    high: float | None = None
    n: int = 0
    """Calls (or opportunities, for rates per opportunity) it rests on."""
    previous: float | None = None
    previous_n: int = 0
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    verdict: Verdict | None = None
    """None where there is nothing to compare with."""


NOTHING_COUNTED = Estimate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Calls by where they stand; ``received`` is the sum of the four."""

    scored: int = 0
    not_scored: int = 0
    failed: int = 0
    pending: int = 0
    needs_review: int = 0
    """Of the scored: those whose score waits for a person (grade 待复核)."""

    @property
    def received(self) -> int:
        """All calls of the period."""
        return self.scored + self.not_scored + self.failed + self.pending


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One of the figures that matter: ``mean_score``, ``pass_rate``, ``fatal_error_rate``, ``suspected_fatal_rate``,
    ``nonfatal_error_rate``, ``review_rate``, ``overturn_rate``, ``scored_share``, ``duration_s``."""

    key: str
    unit: Literal["pct", "rate", "s"]
    """``pct``: points of a hundred; ``rate``: 0 to 1; ``s``: seconds."""
    higher_is_better: bool | None
    """None where neither is good in itself."""
    estimate: Estimate
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFigure:
    """A measure of manner over calls (speaking rate, talk-over, dead air …): mean over calls."""

    measure: str
    role: str
    """``agent``, ``customer``; empty: of the whole call."""
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One day, week or month of a trend."""

    start: date
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    target: float | None = None
    lower_limit: float | None = None
    upper_limit: float | None = None
    signals: tuple[str, ...] = ()
    """Run rules that this point breaks: ``beyond_limits``, ``two_of_three``, ``four_of_five``, ``eight_on_one_side``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A key figure over time, as a control chart."""

    key: str
    """As in :class:`KeyFigure`."""
    step: PeriodKind
    chart: Literal["xmr", "p"]
    centre_line: float | None
    points: tuple[TrendPoint, ...]
    breaks: tuple[date, ...] = ()
    """Days on which another rubric version took effect: no rule looks across them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """How often a criterion was not met in a team or by an agent."""

    id: str
    name: str | None = None
    failed: int
    opportunities: int
    rate: float
    low: float
    high: float
    points_lost: float
    verdict: Verdict
    """Against the rest; ``WORSE`` only where it holds up although many are compared."""
