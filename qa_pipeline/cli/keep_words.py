"""What ``qa purge``, ``qa forget``, ``qa hold`` and ``qa audit`` share."""

from __future__ import annotations

import click

from qa_pipeline.cli.common import default_lang
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import text


def say(key: str, /, **params: object) -> str:
    """A sentence of these commands in the reader's language."""
    return text(f"keep.{key}", default_lang(), **params)


def required(value: str, name: str) -> str:
    """A text that must say something.

    Raises:
        InputError: ``keep.blank``.
    """
    if not value.strip():
        raise InputError("keep.blank", option=name)
    return value.strip()


def tell_left(left: tuple[Exception, ...]) -> None:
    """What could not be deleted, on the error stream."""
    from qa_pipeline.errors import QaError
    from qa_pipeline.i18n import error_text

    for error in left:
        click.echo(error_text(error, default_lang()) if isinstance(error, QaError) else str(error), err=True)
