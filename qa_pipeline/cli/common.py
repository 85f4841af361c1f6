"""What all commands share: language, settings, logging. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from qa_pipeline.i18n import Lang, catalogue, text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from qa_pipeline.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
_chosen: list[Lang] = []


def default_lang() -> Lang:
    """The language asked for on the command line, else ``QA_LANG``, else Chinese."""
    if _chosen:
        return _chosen[-1]
    return "en" if os.environ.get("QA_LANG") == "en" else "zh"


def message(key: str, /, **params: object) -> str:
    """A sentence of the command line in the reader's language."""
    return text(f"cli.{key}", default_lang(), **params)


def _choose(_: click.Context, __: click.Parameter, value: Lang | None) -> Lang:
    _chosen.clear()
    if value is not None:
        _chosen.append(value)
    return default_lang()


def lang_option(command: F) -> F:
    """``--lang``."""
    return click.option(
        "--lang",
        type=click.Choice(["zh", "en"]),
        is_eager=True,
        callback=_choose,
        help=message("opt_lang"),
    )(command)


def plain_option(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Callback of an option that takes an id: in the spelling that metadata files are read in."""
    from qa_pipeline.domain.call import plain_id

    return None if value is None else plain_id(value)


def format_option(command: F) -> F:
    """``--format``."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help=message("opt_format"),
    )(command)


def no_redact_option(command: F) -> F:
    """``--no-redact``."""
    return click.option("--no-redact", is_flag=True, help=text("clips.opt_no_redact", default_lang()))(
        command
    )


def load_settings(lang: Lang) -> Settings:
    """The settings, with logging started in the data folder.

    Raises:
        InputError: ``input.bad_setting``.
    """
    from pydantic import ValidationError

    from qa_pipeline.errors import InputError
    from qa_pipeline.settings import Settings

    try:
        settings = Settings(lang=lang)
    except ValidationError as error:
        problems = message("and").join(_setting_fault(e) for e in error.errors())
        raise InputError("input.bad_setting", problems=problems) from error
    _start_logging(settings.data_dir)
    return settings


def _setting_fault(fault: ErrorDetails) -> str:
    """One wrong setting: its variable, what stands there, and what should."""
    kind = fault["type"].removesuffix("_parsing").removesuffix("_type")
    known = catalogue("settings", default_lang())
    limits = {k: v for k, v in fault.get("ctx", {}).items() if k in ("ge", "gt", "le", "lt", "expected")}
    wanted = str(known.get(kind, fault["msg"])).format(**limits)
    name = f"QA_{str(fault['loc'][0]).upper()}"
    return name + text("settings.fault", default_lang(), value=str(fault["input"])[:60], wanted=wanted)


def log_path() -> Path:
    """Where this process writes its log."""
    return Path(os.environ.get("QA_DATA_DIR", "qa_data")) / "logs" / "qa.log"


def _start_logging(data_dir: Path) -> None:
    """Log to a file that rotates; a folder that can't be written is reported by what needs it, not by the log."""
    from logging.handlers import RotatingFileHandler

    logger = logging.getLogger("qa_pipeline")
    if logger.handlers:
        return
    try:
        folder = data_dir / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / "qa.log", maxBytes=5_000_000, backupCount=3, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def on_terminal() -> bool:
    """Whether a person watches."""
    return sys.stderr.isatty()
