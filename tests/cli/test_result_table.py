"""The table of results breaks its sentences where Chinese may be broken."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table

from qa_pipeline.cli.cell import Cell


def test_a_cell_breaks_chinese_between_characters_and_keeps_figures_whole() -> None:
    table = Table(show_header=False, box=None, padding=0)
    table.add_column(overflow="fold", width=24)
    table.add_row(Cell("−6 客户不满时致歉：未听到“过意不去”（在 9.4–44.2 秒内查找）。"))
    file = io.StringIO()
    Console(width=24, file=file).print(table)
    assert [line.rstrip() for line in file.getvalue().splitlines()] == [
        "−6 客户不满时致歉：未听",
        "到“过意不去”（在",
        "9.4–44.2 秒内查找）。",
    ]
