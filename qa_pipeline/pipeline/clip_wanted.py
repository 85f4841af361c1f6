"""What a trainer asks for, and which wishes go together."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from qa_pipeline.conversation.measures import ROLE_UNITS
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.clip_measures import Side, measure_named
from qa_pipeline.pipeline.clip_select import PER_AGENT, Mode
from qa_pipeline.text.normalize import normalize

MOST = 200
"""Clips in one folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a trainer asks for."""

    criterion: str | None = None
    outcome: Outcome | None = None
    """None: met for the best, else not met."""
    measure: str | None = None
    """A name, short name or label of a measure."""
    role: Role = Role.AGENT
    """Whose measure, where parties have it."""
    direction: Side | None = None
    """Which end of the measure; None: as ``mode`` says."""
    words: str | None = None
    """Looked for in the quotes of findings where a finding is asked for, else in all that was said."""
    topic: str | None = None
    agent: str | None = None
    team: str | None = None
    first: date | None = None
    """First business day."""
    before: date | None = None
    """The business day after the last."""
    mode: Mode = Mode.TYPICAL
    top: int = 10
    pairs: bool = False

    @property
    def sought(self) -> Outcome:
        """The outcome of the examples."""
        return self.outcome or (Outcome.MET if self.mode is Mode.BEST else Outcome.NOT_MET)

    @property
    def of_findings(self) -> bool:
        """Whether findings are asked for; words or a measure alone ask for places of their own."""
        ranked = self.mode in (Mode.BEST, Mode.WORST)
        return self.measure is None and (
            self.words is None or self.criterion is not None or self.outcome is not None or ranked
        )

    @property
    def side(self) -> Side:
        """Which end of the measure is shown."""
        return self.direction or Side(self.mode.value)

    @property
    def measure_role(self) -> str:
        """Whose measure it is in the store; empty: of the whole call."""
        return self.role.value if self.measure in ROLE_UNITS else ""

    @property
    def per_agent(self) -> int:
        """Most clips of one agent: one agent's are all of one agent."""
        return PER_AGENT if self.agent is None else self.top

    def told(self) -> str:
        """The wish as it was typed."""
        finding = self.of_findings or self.criterion or self.outcome
        asked = {
            "--criterion": self.criterion,
            "--outcome": self.sought.value if finding else None,
            "--measure": self.measure,
            "--text": self.words,
            "--topic": self.topic,
            "--agent": self.agent,
            "--team": self.team,
            "--from": self.first,
            "--to": self.before and self.before - timedelta(days=1),
        }
        return " ".join(f"{option} {value}" for option, value in asked.items() if value)


def check(wanted: Wanted, known: Collection[str]) -> str | None:
    """Refuse wishes that can't be met together, or that name what there is not.

    Args:
        wanted: the wish.
        known: all criteria there are.

    Returns:
        The measure's name, where one is asked for.

    Raises:
        InputError: ``clips.bad_top``, ``clips.unknown_criterion`` with the nearest, ``clips.unknown_measure`` with all,
            ``clips.no_text``, ``clips.measure_or_text``, ``clips.measure_no_best``, ``clips.direction_alone``,
            ``clips.direction_or_mode``, ``clips.no_pairs``.
    """
    if not 1 <= wanted.top <= MOST:
        raise InputError("clips.bad_top", top=wanted.top)
    if wanted.criterion is not None and wanted.criterion not in known:
        near = difflib.get_close_matches(wanted.criterion, sorted(known), n=1, cutoff=0.0)
        raise InputError("clips.unknown_criterion", name=wanted.criterion, nearest=(near or ["—"])[0])
    if wanted.words is not None and len(normalize(wanted.words)) < 2:
        raise InputError("clips.no_text", words=wanted.words)
    if wanted.measure is None:
        if wanted.direction is not None:
            raise InputError("clips.direction_alone")
        if wanted.pairs and not wanted.of_findings:
            raise InputError("clips.no_pairs")
        return None
    if wanted.words is not None:
        raise InputError("clips.measure_or_text")
    if wanted.mode in (Mode.BEST, Mode.WORST):
        raise InputError("clips.measure_no_best")
    if wanted.pairs and wanted.direction is None:
        raise InputError("clips.no_pairs")
    return measure_named(wanted.measure)
