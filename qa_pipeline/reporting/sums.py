"""The tally added up by agent, for any selection of calls: what every interval is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.domain.tally import Cells, Codes, Floats, Tally
from qa_pipeline.reporting.forms import Form

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """A figure added up by agent: ``total`` over ``n`` values each, and the sum of all values' squares."""

    total: Floats
    n: Floats
    squares: float = 0.0
    design: float = 1.0
    """How much more the values vary than independent ones would; for opportunities that share calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One period's calls with the agents numbered as in both periods, ready to be added up by any selection of calls
    (their positions) or cells."""

    tally: Tally
    agents: tuple[str, ...]
    agent: Codes
    """Per call: number in ``agents``."""
    cell_agent: Codes
    passed: Floats
    """Per call: 1 passed, 0 not; NaN without a grade."""
    nonfatal: Mask
    """Per cell: the criterion is not a fatal one."""
    of_calls: float
    """Design effect of calls on the non-fatal error rate: criteria of one call fail together."""

    def scores(self, calls: Codes | None = None) -> Sums:
        """Scores of calls that have one."""
        return self._of_calls(self.tally.calls.score, calls)

    def passes(self, calls: Codes | None = None) -> Sums:
        """Calls that passed, of those with a grade."""
        return self._of_calls(self.passed, calls)

    def shares(self, flag: Mask, calls: Codes | None = None) -> Sums:
        """Calls with a mark, of all scored ones."""
        return self._of_calls(flag.astype(float), calls)

    def durations(self, calls: Codes | None = None) -> Sums:
        """Seconds of the calls whose length is known."""
        return self._of_calls(self.tally.calls.duration_s, calls)

    def faults(self, cells: Mask | None = None) -> Sums:
        """Findings not met, of those decided."""
        picked = self.nonfatal if cells is None else cells
        table = self.tally.cells
        total, n = (self._by(self.cell_agent, column, picked) for column in (table.failed, table.decided))
        return Sums(total=total, n=n, squares=float(total.sum()), design=self.of_calls)

    def _of_calls(self, values: Floats, calls: Codes | None) -> Sums:
        agent, picked = (self.agent, values) if calls is None else (self.agent[calls], values[calls])
        known = ~np.isnan(picked)
        agent, picked = agent[known], picked[known]
        return Sums(
            total=np.bincount(agent, weights=picked, minlength=len(self.agents)).astype(np.float64),
            n=np.bincount(agent, minlength=len(self.agents)).astype(np.float64),
            squares=float((picked**2).sum()),
        )

    def _by(self, agent: Codes, values: Floats, picked: Mask) -> Floats:
        sums = np.bincount(agent[picked], weights=values[picked], minlength=len(self.agents))
        return sums.astype(np.float64)


def counted(tally: Tally, agents: Sequence[str], forms: Mapping[tuple[str, int], Form]) -> Counted:
    """Number the agents of a tally as in ``agents``, which holds them all."""
    names, cells = tally.names, tally.cells
    number = {agent: k for k, agent in enumerate(agents)}
    codes = np.array([number[agent] for agent in names.agents], dtype=np.int64)
    return Counted(
        tally=tally,
        agents=tuple(agents),
        agent=_picked(codes, tally.calls.agent),
        cell_agent=_picked(codes, cells.agent),
        passed=_passed(tally, forms),
        nonfatal=_nonfatal(tally, cells),
        of_calls=_design(tally.calls.agent, tally.calls.failed, tally.calls.decided),
    )


def _design(agent: Codes, failed: Floats, decided: Floats) -> float:
    """Variance of the calls' fault counts about their agents' rates, over that of independent findings (Kish 1965)."""
    if not len(agent):
        return 1.0
    hits, n = np.bincount(agent, weights=failed), np.bincount(agent, weights=decided)
    rate = hits / np.maximum(n, 1)
    simple = float((rate * (1 - rate) * n).sum())
    found = float(((failed - rate[agent] * decided) ** 2).sum())
    return max(1.0, found / simple) if simple > 0 else 1.0


def _picked(codes: Codes, old: Codes) -> Codes:
    return codes[old] if len(old) else old


def _nonfatal(tally: Tally, cells: Cells) -> Mask:
    minor = np.array([key.severity != "fatal" for key in tally.names.criteria], dtype=np.bool_)
    return minor[cells.criterion] if len(cells) else np.zeros(0, dtype=np.bool_)


def _passed(tally: Tally, forms: Mapping[tuple[str, int], Form]) -> Floats:
    """One small table of rubric and grade answers for all calls; −1 (no grade) reads its last column."""
    names = tally.names
    table = np.full((len(names.rubrics), len(names.grades) + 1), np.nan)
    for row, key in enumerate(names.rubrics):
        form = forms.get((key.rubric_id, key.version))
        for column, grade in enumerate(names.grades):
            if form is not None and grade in form.grades:
                table[row, column] = float(grade in form.passing)
    passed: Floats = table[tally.calls.rubric, tally.calls.grade] if len(tally.calls) else np.zeros(0)
    return passed


def positions(codes: Codes, count: int) -> list[Codes]:
    """Positions of each code 0 … ``count`` − 1, in one sort: a mask a group would read everything as often."""
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(count + 1))
    return [order[a:b] for a, b in pairwise(edges.tolist())]
