"""Customers who were to be called, against the calls that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from qa_pipeline.domain.report_follow_up import FollowUp
from qa_pipeline.domain.report_rows import CallOfCustomer

REST_FROM, REST_TO = time(21, 0), time(8, 0)
"""Business time in which customers are not to be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One line of a follow-up list: call this customer on this day at the latest, not before ``since``."""

    customer_id: str
    due: date
    since: date | None = None


def follow_ups(
    dues: Sequence[Due], calls: Sequence[CallOfCustomer], *, business_tz: str
) -> tuple[FollowUp, ...]:
    """What became of each line; the ones that need attention first.

    The first call from ``since`` on counts (without ``since``: from the due day's week before). A call in rest hours
    is worse than a late one: it is named so in either case.
    """
    zone = ZoneInfo(business_tz)
    by_customer: dict[str, list[CallOfCustomer]] = {}
    for call in calls:
        by_customer.setdefault(call.customer_id, []).append(call)
    found = [_one(due, by_customer.get(due.customer_id, ()), zone) for due in dues]
    order = {"not_called": 0, "rest_hours": 1, "late": 2, "done": 3}
    return tuple(sorted(found, key=lambda f: (order[f.state], f.due, f.customer_id)))


def _one(due: Due, calls: Sequence[CallOfCustomer], zone: ZoneInfo) -> FollowUp:
    since = due.since or date.fromordinal(due.due.toordinal() - 7)
    made = [call for call in calls if call.started_at.astimezone(zone).date() >= since]
    if not made:
        return FollowUp(customer_id=due.customer_id, due=due.due, state="not_called")
    first = min(made, key=lambda call: (call.started_at, call.call_id))
    local = first.started_at.astimezone(zone)
    resting = local.time() >= REST_FROM or local.time() < REST_TO
    late = "late" if local.date() > due.due else "done"
    return FollowUp(
        customer_id=due.customer_id,
        due=due.due,
        state="rest_hours" if resting else late,  # type: ignore[arg-type]
        call_id=first.call_id,
        called_at=first.started_at,
        agent_id=first.agent_id,
    )
