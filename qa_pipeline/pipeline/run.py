"""One run from plan to report, shared by the command line and the flows so that both give identical scorecards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.pipeline.pages import PageWriter
from qa_pipeline.pipeline.plan import Plan
from qa_pipeline.pipeline.scoring import Job, Scoring

RunBatch = Callable[[Sequence[Job]], Sequence[CallResult]]
_REGISTER_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What came out, in input order."""

    plan: Plan
    results: tuple[CallResult, ...]
    index: Path | None

    @property
    def counts(self) -> Counter[CallStatus]:
        """Calls by status; their sum is what was received."""
        return Counter(r.status for r in self.results)

    @property
    def exit_code(self) -> int:
        """0 done, 1 some recordings failed or a folder inside could not be read, 2 a path was wrong, 3 a fault of ours."""
        if any(r.code == "call.internal" for r in self.results):
            return 3
        failed = 1 if self.counts[CallStatus.FAILED] else 0
        return max(failed, *(problem.exit_code for problem in self.plan.problems), 0)


def run(
    plan: Plan,
    scoring: Scoring,
    *,
    batch_size: int,
    run_batch: RunBatch,
    writer: PageWriter | None,
    title: str,
) -> RunReport:
    """Register every call, score batch by batch, and write the pages of each batch as soon as it is committed.

    Args:
        plan: what to do.
        scoring: the use case.
        batch_size: calls a transaction.
        run_batch: scores one batch; a flow passes a task here.
        writer: writes the pages, or None where no report was asked for.
        title: heading of the index.

    Raises:
        StorageError: the database or the disk gave out; what was committed stays, running again goes on from there.
    """
    for start in range(0, len(plan.jobs), _REGISTER_AT_ONCE):
        scoring.register(plan.jobs[start : start + _REGISTER_AT_ONCE])
    results: list[CallResult] = []
    pages: dict[str, Path] = {}
    for batch in plan.batches(batch_size):
        done = run_batch(batch)
        results += done
        if writer is not None:
            pages |= writer.call_pages(done)
    results += plan.set_aside
    index = writer.index(results, pages, title) if writer is not None else None
    return RunReport(plan=plan, results=tuple(results), index=index)
