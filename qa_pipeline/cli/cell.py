"""A table's cell whose Chinese is broken at the right places, not only at the few spaces around its figures."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.containers import Lines
from rich.text import Text

from qa_pipeline.cli.fold import fold


class Cell(Text):
    """Plain text that folds to its column."""

    def wrap(self, console: Console, width: int, **_: Any) -> Lines:
        """The lines of the cell."""
        return Lines(Text(line) for line in fold(self.plain, width))
