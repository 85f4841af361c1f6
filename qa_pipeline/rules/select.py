"""Which rubric fits a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.scene import comparable, field_text

NO_RUBRIC = "call.no_rubric"
SEVERAL_RUBRICS = "call.several_rubrics"


def select_rubric(rubrics: Sequence[Rubric], info: CallInfo, business_tz: str) -> Rubric | str:
    """The rubric for a call, or the code of why there is none.

    Of each rubric the newest version that is valid on the call's business day counts (the newest of all where the call has
    no ``started_at``); it fits when every field named in ``applies_when`` has one of the given values. A field that the call
    lacks does not fit.

    Returns:
        the rubric; ``call.no_rubric``; or ``call.several_rubrics`` where rubrics of different ids fit.
    """
    day = None
    if info.started_at is not None:
        day = info.started_at.astimezone(ZoneInfo(business_tz)).date()
    newest: dict[str, Rubric] = {}
    for rubric in rubrics:
        known = newest.get(rubric.rubric)
        if _valid(rubric, day) and (known is None or rubric.version > known.version):
            newest[rubric.rubric] = rubric
    fitting = [rubric for _, rubric in sorted(newest.items()) if fits(rubric, info)]
    if not fitting:
        return NO_RUBRIC
    return fitting[0] if len(fitting) == 1 else SEVERAL_RUBRICS


def _valid(rubric: Rubric, day: date | None) -> bool:
    if day is None:
        return True
    return not (
        (rubric.effective_from is not None and day < rubric.effective_from)
        or (rubric.effective_to is not None and day > rubric.effective_to)
    )


def fits(rubric: Rubric, info: CallInfo) -> bool:
    """Whether every field named in ``applies_when`` has one of the given values; dates aside."""
    for name, wanted in rubric.applies_when.items():
        values = (wanted,) if isinstance(wanted, str) else wanted
        text = field_text(info, name)
        if text is None or comparable(name, text) not in {comparable(name, v) for v in values}:
            return False
    return True
