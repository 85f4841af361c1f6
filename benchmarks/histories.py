"""Made-up months of a call centre with effects that are known, for reports and for the statistics behind them.

Whether a criterion fails in a call is drawn from a logistic model: the criterion's own rate, the agent's level, the
call's difficulty (shared by all its criteria, so that they fail together as in life), and the planted effects. Equal
plans give equal histories. ``python -m benchmarks.history_bulk DATA_DIR 2026-03-01`` fills a database, so that ``qa report``
can be tried on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qa_pipeline import resources
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric

Queue = Literal["enquiry", "complaint"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MET, NOT_MET, NOT_APPLICABLE, NEEDS_REVIEW = 1, 2, 3, 4
"""As the database writes outcomes."""
_FAILS = {"minor": 0.08, "major": 0.04, "critical": 0.004, "fatal": 0.0006}
_FAILS_HERE = {"greeting": 0.14, "survey": 0.2, "further_help": 0.13, "hedging": 0.11, "ring_answer": 0.05}
_APPLIES = {
    "enquiry": {"apology": 0.06, "hold": 0.3, "verify_identity": 0.5},
    "complaint": {"apology": 0.6, "hold": 0.4, "verify_identity": 0.6, "complaint_contact": 0.8}
    | {"answer_time": 0.7, "escalate": 0.25},
}
_COMPLAINTS = 0.2
"""Share of calls that are complaints."""
MEASURES = (
    ("", "duration_s"),
    ("", "hearing_quality_pct"),
    ("", "dead_air_s"),
    ("agent", "speaking_rate"),
    ("agent", "talk_over_s"),
    ("agent", "response_latency_median_s"),
)
"""Role and name of what is measured of every scored call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something that happened in the centre: log-odds of failing, from ``start`` on ``since`` to ``end`` on ``until``.

    Before ``since`` it is ``before``, after ``until`` it stays at ``end``. Where agents, criterion or queue are not
    named, it concerns all.
    """

    name: str
    since: date
    until: date
    start: float
    end: float
    before: float = 0.0
    agents: frozenset[str] | None = None
    criterion: str | None = None
    queue: Queue | None = None

    def at(self, day: date) -> float:
        """The log-odds added on a day."""
        if day < self.since:
            return self.before
        if day >= self.until:
            return self.end
        share = (day - self.since).days / (self.until - self.since).days
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A made-up centre and what happens in it."""

    first_day: date
    days: int
    teams: int = 4
    agents: int = 24
    calls_a_day: int = 480
    seed: int = 1
    agent_spread: float = 0.0
    """Standard deviation of the agents' levels in log-odds; 0: nobody is better than anybody."""
    call_spread: float = 0.5
    effects: tuple[Effect, ...] = ()
    new_form_on: date | None = None
    """Version 2 of the complaint form takes effect, which asks more of the opening."""

    def agent_ids(self) -> tuple[str, ...]:
        """``3100`` and on."""
        return tuple(str(3100 + number) for number in range(self.agents))

    def team_of(self, agent_id: str) -> str:
        """Teams take agents in turn."""
        number = (int(agent_id) - 3100) % self.teams
        return TEAMS[number] if number < len(TEAMS) else f"第{number + 1}组"

    def members(self, team: str) -> frozenset[str]:
        """The agents of a team."""
        return frozenset(a for a in self.agent_ids() if self.team_of(a) == team)


TEAMS = ("华东一组", "华南二组", "华北三组", "西南四组", "华中五组", "东北六组", "西北七组", "港澳八组")
_NAMES_TEXT = """
陈怡 林晓 王磊 李娜 张敏 刘洋 赵倩 孙凯 周婷 吴昊 郑爽 冯雪
蒋涛 沈洁 韩冰 杨帆 朱琳 秦岚 许诺 何静 吕品 施展 孔燕 曹颖
"""
NAMES = tuple(_NAMES_TEXT.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The calls of one queue on one day, a row each."""

    day: date
    queue: Queue
    form: Rubric
    first_number: int
    """Of its first call among the day's; ids are made of day and number."""
    agents: Sequence[str]
    started_s: Ints
    """Seconds after midnight in the business time zone."""
    duration_ms: Ints
    hearing: Floats
    """0 to 1."""
    status: Ints
    """1 scored, 2 not scored, 3 failed."""
    outcomes: NDArray[np.int8]
    """Calls × criteria of the form, codes as in the database."""
    place: Floats
    """Where in the call a fault lies, 0 to 1."""

    measures: Mapping[tuple[str, str], Floats]
    """Role and name (as ``conversation.measures`` has them) to a figure a call."""

    def __len__(self) -> int:
        return len(self.agents)

    def call_id(self, row: int) -> str:
        """E.g. ``20260301-00017``."""
        return f"{self.day:%Y%m%d}-{self.first_number + row:05d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What :func:`planted` put in, by what a report should call it."""

    centre: Centre
    improving: str
    worsening: str
    trained: str
    trained_in: str = "further_help"
    training_on: date = field(default=date.min)


def planted(month: date, *, seed: int = 1, calls_a_day: int = 480) -> Planted:
    """A month with an improving agent, a worsening team, a new form and a training in week 3, after a month without.

    Args:
        month: the first day of the month that is reported; the one before it is made too.
        seed: another seed, other calls.
        calls_a_day: of the whole centre.
    """
    before = (month - timedelta(days=1)).replace(day=1)
    end = (month + timedelta(days=31)).replace(day=1)
    shape = Centre(first_day=before, days=(end - before).days, seed=seed, calls_a_day=calls_a_day)
    improving, worsening, trained = "3104", shape.team_of("3101"), shape.team_of("3102")
    training_on = month + timedelta(days=14)
    effects = (
        Effect(
            name="improving agent",
            since=month,
            until=end - timedelta(days=3),
            start=1.3,
            end=-1.2,
            before=1.3,
            agents=frozenset({improving}),
        ),
        Effect(
            name="worsening team",
            since=month + timedelta(days=5),
            until=month + timedelta(days=15),
            start=0.2,
            end=0.9,
            agents=shape.members(worsening),
        ),
        Effect(
            name="training",
            since=training_on,
            until=training_on,
            start=-1.0,
            end=-1.0,
            before=0.9,
            agents=shape.members(trained),
            criterion="further_help",
        ),
        Effect(
            name="new form",
            since=month + timedelta(days=9),
            until=month + timedelta(days=9),
            start=1.2,
            end=1.2,
            criterion="greeting",
            queue="complaint",
        ),
    )
    centre = Centre(
        first_day=before,
        days=shape.days,
        seed=seed,
        calls_a_day=calls_a_day,
        agent_spread=0.12,
        effects=effects,
        new_form_on=month + timedelta(days=9),
    )
    return Planted(
        centre=centre, improving=improving, worsening=worsening, trained=trained, training_on=training_on
    )


@cache
def forms() -> dict[str, Rubric]:
    """The shipped forms by queue, and ``complaint2``, which asks for nine tenths of the opening, not three quarters."""
    folder = resources.folder("rubrics")
    made = {queue: load_rubric(folder / f"inbound_{queue}.yaml") for queue in ("enquiry", "complaint")}
    content = made["complaint"].content
    version = made["complaint"].version
    for old, new in (
        (f"version: {version}\n", f"version: {version + 1}\n"),
        ("min_coverage: 0.75", "min_coverage: 0.9"),
    ):
        if old not in content:
            raise SystemExit(f"the shipped form no longer says {old!r}")
        content = content.replace(old, new)
    # Word lists lie beside the shipped file.
    return made | {"complaint2": parse_rubric(content, str(folder / "inbound_complaint.yaml"))}


def blocks(centre: Centre) -> Iterator[Block]:
    """The history, day by day."""
    levels = np.random.default_rng([centre.seed, 0]).normal(0, 1, centre.agents) * centre.agent_spread
    for number in range(centre.days):
        day = centre.first_day + timedelta(days=number)
        rng = np.random.default_rng([centre.seed, 1, day.toordinal()])
        made = 0
        for queue, share in (("enquiry", 1 - _COMPLAINTS), ("complaint", _COMPLAINTS)):
            size = int(rng.poisson(centre.calls_a_day * share))
            if size:
                yield _block(centre, levels, day, queue, size, made, rng)  # type: ignore[arg-type]
            made += size


def _block(
    centre: Centre, levels: Floats, day: date, queue: Queue, size: int, made: int, rng: np.random.Generator
) -> Block:
    newer = queue == "complaint" and centre.new_form_on is not None and day >= centre.new_form_on
    form = forms()["complaint2" if newer else queue]
    ids = centre.agent_ids()
    who = rng.integers(0, centre.agents, size)
    hearing = np.round(rng.beta(18, 2, size), 3)
    difficulty = rng.normal(0, centre.call_spread, size) + levels[who]
    outcomes = np.empty((size, sum(len(s.criteria) for s in form.sections)), dtype=np.int8)
    for column, (_, criterion) in enumerate(form.criteria()):
        logits = difficulty + _base(criterion)
        for effect in centre.effects:
            if effect.criterion in (None, criterion.id) and effect.queue in (None, queue):
                concerned = np.array([effect.agents is None or agent in effect.agents for agent in ids])
                logits = logits + np.where(concerned[who], effect.at(day), 0.0)
        outcomes[:, column] = _outcomes(criterion, queue, logits, hearing, rng)
    state = np.searchsorted([0.975, 0.995], rng.random(size), side="right") + 1
    started = np.sort(rng.integers(9 * 3600, 21 * 3600, size))
    duration_ms = (rng.gamma(4, 45, size) * 1000).astype(np.int64) + 30_000
    place = np.round(rng.random(size), 3)
    return Block(
        day=day,
        queue=queue,
        form=form,
        first_number=made,
        agents=[ids[index] for index in who],
        started_s=started,
        duration_ms=duration_ms,
        hearing=hearing,
        status=state,
        outcomes=outcomes,
        place=place,
        measures=dict(
            zip(
                MEASURES,
                (
                    duration_ms / 1000,
                    np.round(100 * hearing, 1),
                    np.round(rng.gamma(2, 4, size), 1),
                    np.round(rng.normal(245, 18, size), 1),
                    np.round(rng.gamma(1.5, 1, size), 1),
                    np.round(rng.gamma(4, 0.2, size), 2),
                ),
                strict=True,
            )
        ),
    )


def _base(criterion: Criterion) -> float:
    rate = _FAILS_HERE.get(criterion.id, _FAILS[criterion.severity])
    return float(np.log(rate / (1 - rate)))


def _outcomes(
    criterion: Criterion, queue: Queue, logits: Floats, hearing: Floats, rng: np.random.Generator
) -> NDArray[np.int8]:
    size = len(logits)
    if criterion.check.name == "human":
        return np.full(size, NEEDS_REVIEW, dtype=np.int8)
    made = np.where(rng.random(size) < 1 / (1 + np.exp(-logits)), NOT_MET, MET)
    # What is heard badly is doubted more often, and never held against anybody.
    made = np.where(rng.random(size) < 0.3 * (1 - hearing) ** 1.5, NEEDS_REVIEW, made)
    applies = _APPLIES[queue].get(criterion.id, 1.0)
    return np.where(rng.random(size) < applies, made, NOT_APPLICABLE).astype(np.int8)
