"""Progress of long work: a bar on a terminal, plain lines elsewhere, always on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import click

from qa_pipeline.cli.common import message, on_terminal
from qa_pipeline.cli.workload import Pace, Workload
from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.pipeline.scoring import Job
from qa_pipeline.privacy.names import public_name


class Progress:
    """Shows finished calls, hours of audio an hour, and the time left.

    Args:
        jobs: all there is to do.
        plain: lines also on a terminal, one a call.
    """

    def __init__(self, jobs: Sequence[Job], *, plain: bool = False) -> None:
        self._work = Workload(jobs)
        self._total = len(jobs)
        self._plain = plain
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if on_terminal() and not self._plain:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn(message("progress_title")),
                BarColumn(),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(
                message("progress_calls", done=0, total=self._total) + _tail(self._work.pace()), total=1.0
            )
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def done(self, result: CallResult) -> None:
        """One more call is finished."""
        pace = self._work.done(result)
        if self._bar is not None:
            told = message("progress_calls", done=pace.calls_done, total=pace.calls) + _tail(pace)
            self._bar.update(self._task, completed=pace.share, description=told)
            return
        line = message(
            "progress",
            done=pace.calls_done,
            total=pace.calls,
            call_id=public_name(result.call_id),
            status=message(f"status_{result.status.value}"),
        )
        click.echo(line + _tail(pace), err=True)


def _tail(pace: Pace) -> str:
    """Speed and time left, as far as they are known."""
    told = ""
    if pace.speed is not None:
        told += message("progress_speed", speed=f"{pace.speed:.1f}")
    if pace.left_s is not None and pace.calls_done < pace.calls:
        told += message("progress_left", left=_clock(pace.left_s))
    return told


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
