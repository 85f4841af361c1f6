"""Help and usage errors in the reader's language, in lines that fit the terminal.

Click speaks English and breaks lines at spaces, of which Chinese has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import click
from click import core, decorators, exceptions, formatting, parser, types

from qa_pipeline.cli.common import default_lang
from qa_pipeline.cli.fold import cells, fold
from qa_pipeline.i18n import catalogue

_SPOKEN_IN = (core, decorators, exceptions, formatting, parser, types)
"""Click's modules that translate their words by names of their own."""
_WIDEST_TERM = 30
_GAP = 2


def install(root: click.Group) -> None:
    """Let all commands under ``root`` speak the reader's language."""
    for module in _SPOKEN_IN:
        for name, own in (("_", _said), ("ngettext", _counted)):
            if hasattr(module, name):
                setattr(module, name, own)
    click.Context.formatter_class = _Formatter
    _shorten(root)


def told(error: click.UsageError) -> str:
    """What is wrong with a command line, as a sentence."""
    words = error.format_message().strip()
    return words if default_lang() == "en" or words[-1:] in ("。", "？") else f"{words.rstrip('.')}。"


@cache
def _keys() -> Mapping[str, str]:
    return {str(words): key for key, words in catalogue("click", "en").items()}


def _said(words: str) -> str:
    key = _keys().get(words)
    return words if key is None else str(catalogue("click", default_lang())[key])


def _counted(one: str, many: str, count: int) -> str:
    return _said(one if count == 1 else many)


def _shorten(group: click.Group) -> None:
    """In a list of commands the first sentence of each; Click cuts where it finds a space, or nowhere."""
    for command in group.commands.values():
        if command.help and command.short_help is None:
            command.short_help = re.split(r"(?<=。)|(?<=\.)\s", command.help, maxsplit=1)[0]
        if isinstance(command, click.Group):
            _shorten(command)


class _Formatter(click.HelpFormatter):
    """Click's layout, measured in cells."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """How a command is called."""
        for words in ("[OPTIONS]", "COMMAND [ARGS]..."):
            args = args.replace(words, _said(words))
        super().write_usage(prog, args, prefix)

    def write_heading(self, heading: str) -> None:
        """A heading over options or commands."""
        self.write(f"{' ' * self.current_indent}{heading}{'：' if default_lang() == 'zh' else ':'}\n")

    def write_text(self, text: str) -> None:
        """A paragraph."""
        self._lines(fold(text, self.width - self.current_indent), self.current_indent)

    def write_dl(self, rows: Any, col_max: int = _WIDEST_TERM, col_spacing: int = _GAP) -> None:
        """Terms on the left, what they mean on the right."""
        listed: Sequence[tuple[str, str]] = list(rows)
        left = min(max(cells(term) for term, _ in listed), col_max) + col_spacing
        for term, meaning in listed:
            lines = fold(meaning, max(self.width - self.current_indent - left, 10))
            head = " " * self.current_indent + term
            if cells(term) > left - col_spacing:
                self.write(f"{head}\n")
            else:
                self.write(f"{head}{' ' * (left - cells(term))}{lines.pop(0)}".rstrip() + "\n")
            self._lines(lines, self.current_indent + left)

    def _lines(self, lines: Sequence[str], indent: int) -> None:
        for line in lines:
            self.write(f"{' ' * indent}{line}".rstrip() + "\n")
