"""Sentences for people, Chinese first.

Every catalogue is a pair of YAML files ``messages/<name>.zh.yaml`` and ``messages/<name>.en.yaml`` that map keys to
``str.format`` templates. Code stores a key and parameters; the edge renders them here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from qa_pipeline.errors import QaError

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
_FOLDER = Path(__file__).resolve().parent / "messages"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def catalogue(name: str, lang: Lang) -> Mapping[str, Any]:
    """All messages of one catalogue, by key."""
    with (_FOLDER / f"{name}.{lang}.yaml").open(encoding="utf-8") as file:
        loaded: Mapping[str, Any] = yaml.load(file, Loader=_Loader)
    return loaded


def text(key: str, lang: Lang = "zh", /, **params: object) -> str:
    """The message ``catalogue.key`` with its parameters filled in, e.g. ``text("page.title", "zh", call_id="c1")``.

    Raises:
        KeyError: no such message, or a parameter is missing.
    """
    name, _, entry = key.partition(".")
    return str(catalogue(name, lang)[entry]).format(**_legible_params(params))


def legible(path: str) -> str:
    """A file's name or path as text that can be printed and stored.

    Names that aren't UTF-8 are read as GB18030, which is what Chinese Windows leaves in archives and on shares;
    what is neither becomes ``�``. Everything else comes back as it is.
    """
    if not any("\udc80" <= char <= "\udcff" for char in path):
        return path
    return "/".join(_decoded(part) for part in path.split("/"))


def _decoded(part: str) -> str:
    raw = os.fsencode(part)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _legible_params(params: Mapping[str, object]) -> dict[str, object]:
    return {
        key: legible(str(value)) if isinstance(value, str | Path) else value for key, value in params.items()
    }


def seconds(milliseconds: int) -> str:
    """Milliseconds as people read them: seconds with one decimal."""
    return f"{milliseconds / 1000:.1f}"


def error_parts(error: QaError, lang: Lang = "zh") -> tuple[str, str]:
    """What happened (with its place in front) and what to do next."""
    entry = catalogue(f"errors_{error.code.partition('.')[0]}", lang)[error.code]
    params = _legible_params(error.params)
    if lang == "zh" and "reason" in params:
        params["reason"] = _system_reason(str(params["reason"]))
    say = str(entry["say"]).format(**params)
    if error.location is not None:
        say = f"{legible(str(error.location))}: {say}"
    return say, str(entry["do"]).format(**params)


def _system_reason(reason: str) -> str:
    """A reason with what the operating system says of it in Chinese."""
    chinese = catalogue("system", "zh")
    for key, english in catalogue("system", "en").items():
        reason = reason.replace(english, chinese[key])
    return reason


def error_text(error: QaError, lang: Lang = "zh") -> str:
    """The whole error in one paragraph; collected errors one a line."""
    children: tuple[QaError, ...] = getattr(error, "errors", ())
    if children:
        return "\n".join(error_text(child, lang) for child in children)
    say, do = error_parts(error, lang)
    return f"{say} {do}" if lang == "en" else f"{say}{do}"
