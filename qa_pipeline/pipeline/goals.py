"""Goals, measures taken and exceptions as people enter them: names are checked before anything is kept."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import date

from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.report_follow_up import ExceptionItem
from qa_pipeline.domain.report_rows import ImprovementRow
from qa_pipeline.errors import InputError
from qa_pipeline.reports.report_words import UNITS
from qa_pipeline.storage.report_base import GoalStore

FIGURES = tuple(UNITS)
"""Key figures, of which a goal can be set."""
UNJUDGED = ("review_rate", "overturn_rate", "duration_s")
"""Neither more nor less of these is better by itself, so that no goal can be reached or missed."""


def figure_of(name: str) -> str:
    """A key figure of which a goal can be set.

    Raises:
        InputError: ``goal.unknown_figure`` with the nearest, ``goal.unjudged_figure``.
    """
    figure = _known(name, FIGURES, "goal.unknown_figure")
    if figure in UNJUDGED:
        raise InputError("goal.unjudged_figure", name=figure)
    return figure


def moved_by(name: str, criterion_ids: Iterable[str]) -> str:
    """What a measure is to move: a key figure or a criterion.

    Raises:
        InputError: ``goal.unknown_moved`` with the nearest.
    """
    return _known(name, [*FIGURES, *sorted(set(criterion_ids))], "goal.unknown_moved")


def goal_value(text: str, figure: str) -> float:
    """A goal as it is kept: shares 0 to 1, scores 0 to 100.

    A share may be written ``95%`` or ``0.95``; from ``1`` on it needs the sign, as ``1`` might mean 1 % or all.

    Raises:
        InputError: ``goal.bad_value``.
    """
    written = text.strip().replace("％", "%")
    try:
        value = float(written.rstrip("%"))
    except ValueError as error:
        raise InputError("goal.bad_value", value=text, figure=figure, example=_shape(figure)) from error
    signed = written.endswith("%")
    share = UNITS[figure] == "rate"
    if not 0 <= value <= 100 or (share and not signed and value >= 1):
        raise InputError("goal.bad_value", value=text, figure=figure, example=_shape(figure))
    return value / 100 if share and signed else value


def add_improvement(
    store: GoalStore,
    known: Sequence[ImprovementRow],
    *,
    what: str,
    measure: str,
    scope: Scope,
    from_date: date,
    owner: str,
    who: str,
) -> ImprovementRow:
    """Keep a measure taken under the next free number of its month.

    Raises:
        InputError: ``goal.no_text``, ``storage.improvement_known``.
    """
    if not what.strip() or not owner.strip():
        raise InputError("goal.no_text")
    month = f"M{from_date:%Y%m}-"
    taken = [row.improvement_id for row in known if row.improvement_id.startswith(month)]
    number = max((int(i.removeprefix(month)) for i in taken if i.removeprefix(month).isdigit()), default=0)
    row = ImprovementRow(
        improvement_id=f"{month}{number + 1}",
        what=what.strip(),
        measure=measure,
        scope=scope,
        from_date=from_date,
        owner=owner.strip(),
    )
    store.add_improvement(row, who=who)
    return row


def open_exception(
    store: GoalStore, known: Sequence[ExceptionItem], *, subject: str, on: date
) -> ExceptionItem:
    """Keep an exception that a person reports, under the next free number of its month.

    Raises:
        InputError: ``goal.no_text``.
    """
    if not subject.strip():
        raise InputError("goal.no_text")
    month = f"E{on:%Y%m}-"
    taken = [item.exception_id.removeprefix(month) for item in known if item.exception_id.startswith(month)]
    item = ExceptionItem(
        exception_id=f"{month}{max((int(n) for n in taken if n.isdigit()), default=0) + 1}",
        kind="reported",
        subject=subject.strip(),
        opened_on=on,
        state="open",
    )
    store.open_exceptions([item])
    return item


def _known(name: str, names: Sequence[str], code: str) -> str:
    wanted = name.strip()
    if wanted in names:
        return wanted
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    raise InputError(code, name=name, nearest=near[0] if near else names[0], known=", ".join(names))


def _shape(figure: str) -> str:
    return "92.5" if UNITS[figure] == "pct" else "95% / 0.95"
