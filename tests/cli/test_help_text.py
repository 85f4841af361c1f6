"""Help and usage errors in Chinese, in lines that fit; tables break Chinese where it may be broken."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from qa_pipeline.cli import main
from qa_pipeline.cli.fold import cells, fold
from qa_pipeline.i18n import catalogue


@pytest.fixture(autouse=True)
def _help_unread() -> None:
    """click keeps the help option's words, in whatever language another test asked for them first."""
    waiting: list[click.Command] = [main.cli]
    while waiting:
        command = waiting.pop()
        command._help_option = None
        if isinstance(command, click.Group):
            waiting += command.commands.values()


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(commands(main.cli)), ids=" ".join)
@pytest.mark.parametrize("columns", [60, 110])
def test_every_help_is_chinese_and_no_line_is_too_wide(path: tuple[str, ...], columns: int) -> None:
    shown = CliRunner().invoke(main.cli, [*path, "--help"], terminal_width=columns).output
    for english in ("Usage", "Options", "Commands", "Show this", "default:"):
        assert english not in shown
    term = re.compile(r"^  \S.*$|^用法")
    for line in shown.splitlines():
        # Names of commands and options can't be broken.
        assert cells(line) <= columns or term.match(line), line


def test_a_list_of_commands_shows_whole_sentences() -> None:
    shown = CliRunner().invoke(main.cli, ["--help"]).output
    assert "..." not in shown
    assert "抽样：抽取供人工复核的通话。" in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["score"], "缺少 'PATH...'。"),
        (["scor"], "没有命令“scor”。 是不是其中一个：'doctor', 'score'？"),
        (["score", "x", "--frmat", "json"], "没有选项“--frmat”。 是不是 '--format'？"),
        (["score", "x", "--format", "xml"], "“xml”不在可选的 'table', 'json' 之中。"),
        (["score", "x", "--rubric"], "选项“--rubric”后面要写内容。"),
        (["sample", "--per", "很多"], "“很多”不是数字"),
        (["call", "list", "a", "b"], "多写了“a b”。"),
    ],
)
def test_usage_errors_are_chinese(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == 2
    assert told in capsys.readouterr().err


def test_a_group_without_a_command_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["call"]) == 2
    shown = capsys.readouterr().err
    assert "export" in shown
    assert "有误" not in shown


def test_english_stays_as_click_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LANG", "en")
    assert "Options:" in CliRunner().invoke(main.cli, ["score", "--help"]).output


def test_the_words_are_those_that_click_still_uses() -> None:
    modules = (click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.types)
    used = "".join(inspect.getsource(module) for module in modules)
    joined = re.sub(r'"\s*\n\s*"', "", used)
    for words in catalogue("click", "en").values():
        assert str(words).replace("\n", "\\n").replace("\t", "\\t") in joined


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("在 0.0–12.7 秒内查找。", 10, ["在", "0.0–12.7", "秒内查找。"]),
        ("未听到“您好”，工号 4290 也没有", 12, ["未听到“您", "好”，工号", "4290 也没有"]),
        ("一二三四五", 4, ["一二", "三四", "五"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("一\n\n二", 10, ["一", "", "二"]),
        ("", 10, [""]),
    ],
)
def test_lines_break_between_characters_but_not_inside_figures_or_before_marks(
    text: str, width: int, lines: list[str]
) -> None:
    assert fold(text, width) == lines
    assert all(cells(line) <= width for line in fold(text, width))
