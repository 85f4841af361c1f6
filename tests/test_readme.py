"""The README's commands exist, with the options it names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from qa_pipeline.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"```sh\n(.*?)```", re.S)


def commands(name: str) -> list[list[str]]:
    blocks = FENCE.findall((ROOT / name).read_text(encoding="utf-8"))
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("qa ")]


@pytest.fixture
def after_first_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader's folder once `make demo` has run: what is in git, and the pages that it wrote.

    Not this folder: here a report of some earlier day may lie, or none.
    """
    for name in ("sample_audio", "rubrics"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "qa_report").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("after_first_job")
@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_command_parses(name: str) -> None:
    found = commands(name)
    assert len(found) > 12
    for words in found:
        command: click.Command = cli
        rest = words[1:]
        while isinstance(command, click.Group):
            command = command.commands[rest.pop(0)]
        context = command.make_context(words[0], list(rest), resilient_parsing=False)
        assert context.command is command, words


def test_both_languages_show_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh-CN.md")


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in ("README.md", "README.zh-CN.md"):
        for target in re.findall(r"^make ([\w-]+)", (ROOT / name).read_text(encoding="utf-8"), re.M):
            assert f"\n{target}:" in makefile, target


def test_links_lead_somewhere() -> None:
    for name in ("README.md", "README.zh-CN.md", "docs/design/README.md", "rubrics/README.md"):
        page = ROOT / name
        for link in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{name}: {link}"
