"""What a person sees when something goes wrong outside of the plan."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from qa_pipeline.cli import main


def test_an_internal_fault_is_told_in_a_few_words_and_kept_whole_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path))
    page = "客户的原话" * 2_000

    @click.command()
    def broken() -> None:
        raise ValueError(page)

    monkeypatch.setitem(main.cli.commands, "broken", broken)
    assert main.run(["broken"]) == 3
    told = capsys.readouterr().err
    assert "程序内部出错（ValueError" in told
    assert len(told) < 500
