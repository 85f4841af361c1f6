"""What both pages share: words and numbers in the reader's language, the template engine, one file without outside parts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qa_pipeline.domain.time import Span
from qa_pipeline.i18n import Lang, catalogue, text

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).resolve().parent / "templates"
HTML_LANG: Mapping[Lang, str] = {"zh": "zh-CN", "en": "en"}
CLOCK_FROM_MS = 600_000
"""Calls this long show minutes and seconds; in shorter ones plain seconds are easier to say and to find."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The page's words and numbers in one language; ``clock`` shows times as ``m:ss.d`` instead of seconds."""

    lang: Lang
    clock: bool = False
    whole_ms: int | None = None
    """Length of the call: a stretch that covers it is called the whole call."""

    def __call__(self, key: str, /, **params: object) -> str:
        """The message ``page.<key>``."""
        return text(f"page.{key}", self.lang, **params)

    def named(self, prefix: str, value: str) -> str:
        """The message ``page.<prefix>_<value>``, or the value itself where the centre uses a name of its own."""
        found = catalogue("page", self.lang).get(f"{prefix}_{value}")
        return value if found is None else str(found)

    def knows(self, key: str) -> bool:
        """Whether there is a message ``page.<key>``."""
        return key in catalogue("page", self.lang)

    def time(self, time_ms: int) -> str:
        """A moment to a tenth of a second, without unit."""
        tenths = round(time_ms / 100)
        if not self.clock:
            return f"{tenths // 10}.{tenths % 10}"
        minutes, rest = divmod(tenths, 600)
        hours, minutes = divmod(minutes, 60)
        seconds = f"{rest // 10:02d}.{rest % 10}"
        return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"

    def window(self, span: Span) -> str:
        """A stretch as people say it: ``12.3–15.0 秒``, in long calls ``52:03.4–52:10.0``."""
        if self.whole_ms is not None and span.start_ms <= 0 and span.end_ms >= self.whole_ms:
            return self("whole_call")
        return self(
            "ev_time" if self.clock else "ev_time_s",
            start=self.time(span.start_ms),
            end=self.time(span.end_ms),
        )

    def duration(self, duration_ms: int) -> str:
        """A length in minutes and seconds."""
        minutes, seconds = divmod(round(duration_ms / 1000), 60)
        if not minutes:
            return self("unit_seconds", value=seconds)
        return self("minutes_seconds", minutes=minutes, seconds=seconds)


_HALF_WIDTH = re.compile("(?<=[\u4e00-\u9fff〕])[,?!]")


def chinese_marks(said: str) -> str:
    """Recognisers write half-width marks between Chinese characters; readers get the full-width ones."""
    return _HALF_WIDTH.sub(lambda found: {",": "，", "?": "？", "!": "！"}[found[0]], said)


def number(value: float) -> str:
    """At most two decimals and no trailing zeros: 84.96 must not look like the 85 that earns the better grade."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share of 0 to 1 as whole percent, rounded down so that 99.6 % doesn't pass for certainty."""
    return str(int(share * 100 + 1e-9))


def short(digest: str) -> str:
    """The first twelve characters: enough to tell digests apart by eye."""
    return digest[:12]


@cache
def environment() -> Environment:
    """The template engine: everything escaped, a missing name is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(
    template: str,
    *,
    styles: tuple[str, ...],
    scripts: tuple[str, ...],
    media: str = "data:",
    **context: object,
) -> str:
    """A page with its styles and scripts inside, and a policy under which the browser loads and runs nothing else.

    ``media`` says where sound may come from: inside the page, unless the page plays files beside it.
    """
    from markupsafe import Markup

    css, script = _asset(styles), _asset(scripts)
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        f"media-src {media}; base-uri 'none'; form-action 'none'"
    )
    page = environment().get_template(template)
    return page.render(css=Markup(css), script=Markup(script), policy=Markup(policy), **context)


@cache
def _asset(names: tuple[str, ...]) -> str:
    return "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
