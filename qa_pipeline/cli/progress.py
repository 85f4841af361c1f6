"""Progress of long work: a bar on a terminal, plain lines elsewhere, always on stderr."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import click

from qa_pipeline.cli.common import message, on_terminal
from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.i18n import Lang


class Progress:
    """Counts finished calls."""

    def __init__(self, total: int, lang: Lang) -> None:
        self._total = total
        self._count = 0
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if on_terminal():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(message("progress_title"), total=self._total)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def done(self, result: CallResult) -> None:
        """One more call is finished."""
        self._count += 1
        if self._bar is not None:
            self._bar.advance(self._task)
            return
        click.echo(
            message(
                "progress",
                done=self._count,
                total=self._total,
                call_id=result.call_id,
                status=message(f"status_{result.status.value}"),
            ),
            err=True,
        )
