"""The measures of a call as one compact table: a line a measure, the parties side by side."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.conversation.measures import CALL_UNITS, ROLE_UNITS, measures
from qa_pipeline.domain.call import Call, Role
from qa_pipeline.reports.pages import Words, number


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """One measure: its name, unit and definition, and a figure for each column; empty where there is none."""

    name: str
    label: str
    unit: str
    definition: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresView:
    """The parties' measures (columns agent, customer) and those of the whole call (one column)."""

    by_party: tuple[MeasureRow, ...]
    of_call: tuple[MeasureRow, ...]


def build_measures(call: Call, words: Words) -> MeasuresView:
    """Every measure of the call for which there is a figure, in the order of the table of measures."""
    found = measures(call)

    def row(name: str, unit: str, roles: tuple[Role | None, ...]) -> MeasureRow:
        figures = (found.get((role, name)) for role in roles)
        return MeasureRow(
            name=name,
            label=words(f"measure_{name}"),
            unit=words.named("measure_unit", unit),
            definition=words(f"measure_{name}_help"),
            values=tuple("" if figure is None else number(figure) for figure in figures),
        )

    parties = (Role.AGENT, Role.CUSTOMER)
    by_party = (row(name, unit, parties) for name, unit in ROLE_UNITS.items())
    of_call = (row(name, unit, (None,)) for name, unit in CALL_UNITS.items())
    return MeasuresView(
        by_party=tuple(r for r in by_party if any(r.values)),
        of_call=tuple(r for r in of_call if any(r.values)),
    )
