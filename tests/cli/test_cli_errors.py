"""What a person sees when something goes wrong outside of the plan."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click
import pytest

from qa_pipeline.cli import main
from qa_pipeline.errors import fault, fault_trace
from qa_pipeline.i18n import catalogue


def test_an_internal_fault_is_told_in_a_few_words_and_the_log_says_where_but_not_what_was_said(
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


def test_the_log_says_where_a_fault_was_and_not_what_was_said() -> None:
    try:
        try:
            int("幺三八零零")
        except ValueError as error:
            raise RuntimeError("客户说幺三八零零") from error
    except RuntimeError as error:
        trace, told = fault_trace(error), fault(error)
    assert "ValueError (test_cli_errors.py:" in trace
    assert trace.rstrip().endswith(told)
    assert told.startswith("RuntimeError (test_cli_errors.py:")
    assert "客户说幺三八零零" not in trace.replace('raise RuntimeError("客户说幺三八零零")', "")
    assert "invalid literal" not in trace


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("QA_BUSINESS_TZ", "Mars", "没有这个时区"),
        ("QA_MIN_CONFIDENCE", "高", "应为数字"),
        ("QA_MIN_CONFIDENCE", "7", "不能大于 1"),
        ("QA_LEASE_S", "1.5", "应为整数"),
        ("QA_NIGHT_AT", "25:99", "写法不对"),
        ("QA_ALLOW_UNREDACTED", "也许", "应为 true 或 false"),
    ],
)
def test_a_wrong_setting_is_told_with_its_variable_its_value_and_what_it_should_be(
    name: str,
    value: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(name, value)
    assert main.run(["call", "list"]) == 2
    assert f"{name}=“{value}”：{told}" in capsys.readouterr().err


def test_what_the_operating_system_says_is_told_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path))
    (tmp_path / "a.wav").write_bytes(b"")
    assert main.run(["score", str(tmp_path / "a.wav"), "--calls", str(tmp_path / "没有.csv")]) == 2
    assert "（没有这个文件或文件夹）" in capsys.readouterr().err
    for key, english in catalogue("system", "en").items():
        assert english == os.strerror(getattr(errno, key.upper()))


def test_a_wrong_month_is_told_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path))
    assert main.run(["sample", "--month", "2026-13"]) == 2
    assert "“2026-13”不是月份。" in capsys.readouterr().err
