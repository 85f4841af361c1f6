"""The tree of errors that users see: a stable code, where it happened, and words in the reader's language.

A code is ``area.name``. Its sentences live in ``messages/errors_<area>.<lang>.yaml`` under the code, as ``say``
(what happened) and ``do`` (the next step), so that a code can be tested for, searched for and translated.
``str(error)`` renders Chinese; :func:`qa_pipeline.i18n.error_text` renders either language.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
    """A place in a file that a user wrote; lines and columns count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class QaError(Exception):
    """Anything the product can say in plain words. Never raised bare: use the subclass that names who can mend it."""

    exit_code: ClassVar[int] = 3

    def __init__(self, code: str, *, location: SourceLocation | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.location = location
        self.params = params

    def __str__(self) -> str:
        from qa_pipeline.i18n import error_text

        return error_text(self)

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (decoder child, Prefect): keyword arguments must survive pickling.
        return (_rebuild, (type(self), self.code, self.location, self.params))


def _rebuild(
    kind: type[QaError], code: str, location: SourceLocation | None, params: dict[str, object]
) -> QaError:
    return kind(code, location=location, **params)


class InputError(QaError):
    """What the user gave is wrong (path, CSV, rubric, option, setting): exit code 2."""

    exit_code = 2


class RecordingError(QaError):
    """One recording can't be used. It becomes a recorded failure and the batch goes on: exit code 1."""

    exit_code = 1


class SetupError(QaError):
    """The installation is incomplete or damaged (model files, data folder): exit code 2; ``qa doctor`` explains."""

    exit_code = 2


class StorageError(QaError):
    """The machine failed us (locked database, full disk): exit code 3. Nothing half-written remains."""

    exit_code = 3


class CollectedErrors(InputError):  # noqa: N818  it is several
    """Several faults of one input, reported together."""

    def __init__(self, errors: tuple[QaError, ...]) -> None:
        super().__init__("input.collected", count=len(errors))
        self.errors = errors

    def __reduce__(self) -> tuple[object, ...]:
        return (CollectedErrors, (self.errors,))


def fault(error: BaseException) -> str:
    """Kind and place of a fault of ours, e.g. ``ValueError (score.py:80)``, without its message: that may quote a call."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    return " ".join([type(error).__name__, *(f"({Path(f.filename).name}:{f.lineno})" for f in place)])


def fault_trace(error: BaseException) -> str:
    """The same with all its frames, and those of what caused it, for the log."""
    return "".join(_frames(error)).rstrip()


def _frames(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _frames(cause)
    yield from traceback.format_tb(error.__traceback__)
    yield f"{fault(error)}\n"
