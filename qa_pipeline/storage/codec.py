"""Domain values as canonical JSON and back, exactly: what is loaded equals what was saved."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(type_: Any) -> TypeAdapter[Any]:
    # Building one takes tens of milliseconds; using it, microseconds.
    if type_ not in _adapters:
        _adapters[type_] = TypeAdapter(type_)
    return _adapters[type_]


def clean(text: str) -> str:
    """Text that every store can keep: what UTF-8 or PostgreSQL can't hold (odd file names, NUL) becomes ``?``."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")


def canonical(value: object) -> str:
    """Plain data (dicts, lists, strings, numbers) as canonical JSON: sorted keys, no white space, characters as they are.

    Anything else (a path in an error's parameters) is written as its text.

    Raises:
        ValueError: a NaN or an infinity; no figure of ours may be one.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str
    )


def plain(value: object) -> Any:
    """``value`` as it will look when it comes back from a JSON column: tuples become lists, keys strings."""
    return json.loads(clean(canonical(value)))


def dumps(value: object) -> bytes:
    """A domain value (dataclass, or plain data) as canonical JSON in UTF-8."""
    data = _adapter(type(value)).dump_python(value, mode="json")
    return canonical(data).encode("utf-8", "replace")


def loads(data: bytes, type_: type[T]) -> T:
    """The value that :func:`dumps` wrote.

    Raises:
        ValueError: not JSON, or not of that type.
    """
    value: T = _adapter(type_).validate_json(data)
    return value


def compress(data: bytes) -> bytes:
    """Gzip without a time stamp: the same bytes in give the same bytes out."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def decompress(data: bytes) -> bytes:
    """What :func:`compress` packed; the format's CRC guards every byte.

    Raises:
        ValueError: damaged, cut off or empty.
    """
    if not data:
        raise ValueError("empty")  # to the library that is the gzip of nothing
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as exc:
        raise ValueError(str(exc)) from exc
