"""The table of results breaks its sentences where Chinese may be broken."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.table import Table

from qa_pipeline.cli import table
from qa_pipeline.cli.cell import Cell
from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard
from qa_pipeline.rules.rubric import Rubric


def test_a_cell_breaks_chinese_between_characters_and_keeps_figures_whole() -> None:
    grid = Table(show_header=False, box=None, padding=0)
    grid.add_column(overflow="fold", width=24)
    grid.add_row(Cell("−6 客户不满时致歉：未听到“过意不去”（在 9.4–44.2 秒内查找）。"))
    file = io.StringIO()
    Console(width=24, file=file).print(grid)
    assert [line.rstrip() for line in file.getvalue().splitlines()] == [
        "−6 客户不满时致歉：未听",
        "到“过意不去”（在",
        "9.4–44.2 秒内查找）。",
    ]


def test_on_a_narrow_terminal_every_call_is_a_block_with_room_for_its_reasons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = io.StringIO()
    monkeypatch.setattr(table, "console", lambda: Console(width=80, file=file))
    result = CallResult(
        call_id="c1",
        source_name="c1.wav",
        status=CallStatus.NOT_SCORED,
        code="call.no_speech",
        params={"seconds": 0.0},
    )
    table.print_table([result], {"c1": "3107"}, no_rubric, "zh")
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert lines[0] == "c1  3107  —  —  未评分"
    assert lines[1].startswith("  录音中几乎没有人说话")


def no_rubric(card: Scorecard) -> Rubric:
    raise AssertionError(card)
