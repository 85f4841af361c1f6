"""How long suggested thresholds take, how often one is suggested for nothing, and how often a known one is found.

``python -m benchmarks.thresholds [calls] [seeds]`` (default 300 and 200): stores six-minute calls with the findings of the
shipped enquiry form, and makes marks up.

* speed: two people mark all criteria of all calls as the machine found them, with 3 % slips;
* nothing: marks that follow no number (a coin; a fault in 15 % of the calls; today's finding with 10 % slips);
* truth: marks that follow another value of one number, with 4 % slips.

The last two try every value of every number of some criteria on the first 120 calls, whatever the marks.
"""

from __future__ import annotations

import math
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.backtest import store_calls, stored
from qa_pipeline import bootstrap
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.pipeline.threshold_calls import MarkedCall
from qa_pipeline.pipeline.threshold_trial import Trial
from qa_pipeline.pipeline.threshold_workers import CHUNK
from qa_pipeline.pipeline.thresholds import suggest
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.thresholds import WRONG_WEIGHT, Judged, try_candidates
from qa_pipeline.settings import Settings

FORM = Path(__file__).parents[1] / "rubrics" / "inbound_enquiry.yaml"
GOAL_S = 60
GOAL_WRONG = 0.05
TRIED = ("dead_air", "talk_over", "speaking_rate", "courtesy_words", "hedging", "closing")
SOME = 120
START, END = date(2026, 3, 1), date(2026, 4, 1)
MET, NOT_MET = Outcome.MET, Outcome.NOT_MET


def slipped(outcome: Outcome, share: float, chance: random.Random) -> Outcome:
    """A person's mark: the outcome, now and then its opposite; what the machine leaves open they fail in 4 of 10 calls."""
    if outcome is Outcome.NEEDS_REVIEW:
        return NOT_MET if chance.random() < 0.4 else MET
    if outcome is Outcome.NOT_APPLICABLE or chance.random() >= share:
        return outcome
    return MET if outcome is NOT_MET else NOT_MET


def mark(settings: Settings, rubric: Rubric, calls: int) -> int:
    """Two people's marks on everything; returns how many."""
    store = stored(settings)[0]
    chance = random.Random(5)
    marks = []
    for number in range(calls):
        call_id = f"call-{number:05d}"
        card = store.scorecard(call_id, rubric.rubric)
        for scored in card.findings if card is not None else ():
            for who in ("李", "王"):
                marks.append(
                    Review(
                        review_id=f"{who}-{call_id}-{scored.finding.criterion_id}",
                        call_id=call_id,
                        rubric_id=rubric.rubric,
                        criterion_id=scored.finding.criterion_id,
                        criterion_digest=scored.criterion_digest,
                        reviewer=who,
                        reviewed_at=datetime(2026, 3, 20, tzinfo=UTC),
                        outcome=slipped(scored.finding.outcome, 0.03, chance),
                        reason="听录音",
                    )
                )
    return store.add_reviews(marks)


def speed(settings: Settings, rubric: Rubric, calls: int) -> None:
    marks = mark(settings, rubric, calls)
    began, used = time.perf_counter(), cpu_s()
    result = suggest(
        rubric,
        settings,
        bootstrap.people_store(settings),
        open_stored=stored,
        start=START,
        end=END,
        scope=Scope(),
    )
    took = time.perf_counter() - began
    peak = max(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(
        f"speed: {calls} calls, {len(result.criteria)} criteria, {marks} marks, "
        f"{sum(c.values for c in result.criteria)} values: {took:.0f} s (goal: {GOAL_S} s on two cores), "
        f"{cpu_s() - used:.0f} s of CPU, {peak / 1024:.0f} MB a process; "
        f"{len(result.suggestions())} suggestions for slips alone"
    )


def cpu_s() -> float:
    """Of this process and those it ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


class Tried:
    """One criterion over some calls: what it finds today and with every other value."""

    def __init__(self, trial: Trial, criterion_id: str, calls: Sequence[MarkedCall]) -> None:
        self.variants = [trial.variant(criterion_id, n) for n in range(trial.values(criterion_id))]
        numbers = {criterion_id: range(len(self.variants))}
        self.today: list[Outcome] = []
        found: list[tuple[Outcome, ...]] = []
        for start in range(0, len(calls), CHUNK):
            chunk = calls[start : start + CHUNK]
            self.today += [look.found[criterion_id].outcome for look in trial.look(chunk, ())]
            found += [tuple(f.outcome for f in c.found[criterion_id]) for c in trial.check(chunk, numbers)]
        self.others = [list(outcomes) for outcomes in zip(*found, strict=True)]
        self._calls = calls

    def suggested(self, marks: Sequence[Outcome]) -> int | None:
        """The number of the value suggested for these marks."""
        judged = [
            Judged(call_id=c.row.info.call_id, agent_id=c.row.info.agent_id or "", people={"李": m})
            for c, m in zip(self._calls, marks, strict=True)
        ]
        tried = try_candidates(judged, self.today, self.others)
        return tried.best if tried.verdict == "suggested" else None

    def truths(self) -> Iterator[int]:
        """Values that would change the finding in a tenth of the calls and fail some and pass some, one a number."""
        seen = set()
        for n, found in enumerate(self.others):
            differ = sum(a is not b for a, b in zip(self.today, found, strict=True))
            both = min(found.count(MET), found.count(NOT_MET)) >= len(found) / 10
            path = self.variants[n].threshold.path
            if path not in seen and differ >= len(found) / 10 and both:
                seen.add(path)
                yield n

    def near(self, chosen: int, truth: int) -> bool:
        """Whether a suggestion is of the same number, at most one value off, or finds the same in all calls."""
        one, other = self.variants[chosen], self.variants[truth]
        if self.others[chosen] == self.others[truth]:
            return True
        values = sorted(v.value for v in self.variants if v.threshold.path == other.threshold.path)
        same = one.threshold.path == other.threshold.path
        return same and abs(values.index(one.value) - values.index(other.value)) <= 1


KINDS: dict[str, Callable[[Outcome, random.Random], Outcome]] = {
    "a coin": lambda today, chance: NOT_MET if chance.random() < 0.5 else MET,
    "15 % faults": lambda today, chance: NOT_MET if chance.random() < 0.15 else MET,
    "10 % slips": lambda today, chance: slipped(today, 0.1, chance),
}


def nothing(tried: dict[str, Tried], seeds: int) -> None:
    for kind, says in KINDS.items():
        wrong: Counter[str] = Counter()
        for criterion_id, one in tried.items():
            for seed in range(seeds):
                chance = random.Random(f"{kind}-{seed}")
                wrong[criterion_id] += one.suggested([says(o, chance) for o in one.today]) is not None
        shares = ", ".join(f"{c} {n / seeds:.1%}" for c, n in wrong.items())
        worst = max(wrong.values()) / seeds
        print(
            f"nothing, {kind}: suggested in {wrong.total() / seeds / len(tried):.1%} of {seeds} seeds x {len(tried)} "
            f"criteria, at worst {worst:.1%} (goal: {GOAL_WRONG:.0%}): {shares}"
        )


def truth(tried: dict[str, Tried], seeds: int) -> None:
    for criterion_id, one in tried.items():
        for number in one.truths():
            variant = one.variants[number]
            answers = Counter[str]()
            for seed in range(seeds):
                chance = random.Random(seed)
                marks = [slipped(o, 0.04, chance) for o in one.others[number]]
                chosen = one.suggested(marks)
                answers["none" if chosen is None else "near" if one.near(chosen, number) else "other"] += 1
            now = variant.threshold.current
            print(
                f"truth, {criterion_id} {variant.threshold.where()} {'default' if now is None else f'{now:g}'} -> "
                f"{variant.value:g}: found within a step {answers['near'] / seeds:.0%}, "
                f"another {answers['other'] / seeds:.0%}, nothing {answers['none'] / seeds:.0%}"
            )


def main() -> None:
    given = [int(word) for word in sys.argv[1:3]]
    calls, seeds = *given, *(300, 200)[len(given) :]
    rubric = load_rubric(FORM)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        store_calls(settings, rubric, calls)
        speed(settings, rubric, calls)
        store = stored(settings)[0]
        some = [
            MarkedCall(row=row, people={c: {} for c in TRIED})
            for row, _ in zip(store.calls(), range(min(calls, SOME)), strict=False)
        ]
        trial = Trial(settings, rubric, stored(settings), WRONG_WEIGHT)
        tried = {c: Tried(trial, c, some) for c in TRIED}
        nothing(tried, seeds)
        truth(tried, math.ceil(seeds / 4))


if __name__ == "__main__":
    main()
