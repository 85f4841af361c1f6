"""What is followed up in a report: customers to call, exceptions until they are closed, measures taken and their effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from qa_pipeline.domain.finding import ParamValue
from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.report_figures import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A customer who was to be called, and what became of it."""

    customer_id: str
    due: date
    state: Literal["done", "not_called", "late", "rest_hours"]
    call_id: str | None = None
    called_at: datetime | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionItem:
    """Something that needs an owner until it is closed."""

    exception_id: str
    kind: str
    subject: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    opened_on: date
    state: Literal["open", "assigned", "closed"]
    owner: str | None = None
    deadline: date | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementEffect:
    """A measure taken, and what changed since: ``effect`` compares after (value) with before (previous)."""

    improvement_id: str
    what: str
    measure: str
    """A key figure, or a criterion id."""
    scope: Scope
    from_date: date
    closed_on: date | None
    owner: str
    effect: Estimate
