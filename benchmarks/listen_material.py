"""Speech for the second listen: forbidden and wanted phrases, innocents and ordinary lines, over a noisy telephone.

What is said is known by construction. Phrases and voices are kept apart in two halves: one to choose thresholds by, one
to test them with.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from qa_pipeline import resources
from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.speech import PhraseOperator

_SAMPLES = Path(__file__).resolve().parents[1] / "sample_audio"
sys.path.insert(0, str(_SAMPLES))
from generator.speech import SAMPLE_RATE_HZ as SPOKEN_RATE_HZ  # noqa: E402
from generator.speech import Speaker  # noqa: E402
from generator.telephone import companded, to_line  # noqa: E402

HALVES = ("choose", "test")
VOICES = {
    "choose": ("zf_xiaobei", "zf_xiaoxiao", "zm_yunxi", "zm_yunjian"),
    "test": ("zf_xiaoni", "zf_xiaoyi", "zm_yunyang", "zm_yunxia"),
}
SNR_DB = (8.0,)
GAP_S = 1.2
LEVEL_DB = -21.0
_CARRIERS = (
    "{}，您看可以吗？", "嗯，{}。", "那这样吧，{}，我这边记一下。", "好的女士，{}，您再看一下。", "是这样的，{}。",
    "先生，{}，就是这个情况。",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A phrase of the shipped rubrics, and how its operator looks for it."""

    say: str
    innocents: tuple[str, ...]
    min_similarity: float | None
    forbidding: bool

    @property
    def half(self) -> str:
        """Whether it serves to choose thresholds or to test them."""
        return HALVES[_draw(self.say, 2)]


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something said, by whom, and for which half."""

    text: str
    voice: str
    half: str


@dataclass(frozen=True, kw_only=True)
class Tape:
    """Lines of one half, one after the other over a telephone line with noise."""

    half: str
    snr_db: float
    pcm: Pcm
    lines: tuple[Line, ...]
    spans: tuple[Span, ...]


def phrases() -> tuple[Phrase, ...]:
    """All phrases of the shipped rubrics, each once per way of looking for it."""
    found: dict[Phrase, None] = {}
    for path in sorted(resources.folder("rubrics").glob("*.yaml")):
        rubric = load_rubric(path)
        for operator in _phrase_operators(rubric):
            given = [p if isinstance(p, str) else (p.say, p.innocents) for p in operator.phrases]
            listed = (
                [(p.say, p.innocents) for p in rubric.lists[operator.list].guarded()] if operator.list else []
            )
            for entry in [*given, *listed]:
                say, innocents = (entry, ()) if isinstance(entry, str) else entry
                found[
                    Phrase(
                        say=say,
                        innocents=tuple(innocents),
                        min_similarity=operator.min_similarity,
                        forbidding=operator.name == "must_not_say",
                    )
                ] = None
    return tuple(found)


def lines(known: Sequence[Phrase], *, forbidden: int, wanted: int) -> tuple[Line, ...]:
    """Lines of both halves: so many forbidden phrases and as many innocents of theirs, and so many wanted phrases.

    Args:
        known: phrases to draw from.
        forbidden: how many forbidden phrases a half.
        wanted: how many wanted phrases a half.
    """
    made: list[Line] = []
    for half in HALVES:
        mine = sorted(
            {(p.say, p.innocents, p.forbidding) for p in known if p.half == half and len(p.say) > 2}
        )
        mine.sort(key=lambda p: _digest(p[0]))
        bad = {say: innocents for say, innocents, forbidding in mine if forbidding}
        good = [say for say, _, forbidding in mine if not forbidding and say not in bad]
        for say, innocents in list(bad.items())[:forbidden]:
            made.append(_line(say, half))
            if innocents:
                made.append(_line(innocents[_draw(say, len(innocents))], half))
        made += [_line(say, half) for say in list(dict.fromkeys(good))[:wanted]]
    return tuple(dict.fromkeys(made))


def tapes(spoken: Sequence[Line], cache: Path, snrs: Sequence[float] = SNR_DB) -> Iterator[Tape]:
    """The lines spoken and sent through the telephone, a tape per half and noise."""
    speaker = Speaker(cache)
    for half in HALVES:
        mine = tuple(line for line in spoken if line.half == half)
        clean = [to_line(speaker.say(line.text, voice=line.voice)) for line in mine]
        for snr in snrs:
            yield _tape(half, snr, mine, clean)


def _tape(half: str, snr: float, mine: tuple[Line, ...], clean: Sequence[np.ndarray]) -> Tape:
    draw = np.random.default_rng(list(f"{half}:{snr}".encode()))
    rate = SPOKEN_RATE_HZ // 3
    parts: list[np.ndarray] = []
    spans: list[Span] = []
    at = round(GAP_S * rate)
    parts.append(np.zeros(at, np.float32))
    for voice in clean:
        level = 10 ** (LEVEL_DB / 20) / np.sqrt((voice**2).mean())
        parts += [voice * level, np.zeros(round(GAP_S * rate), np.float32)]
        spans.append(Span(start_ms=at * 1000 // rate, end_ms=(at + len(voice)) * 1000 // rate))
        at += len(voice) + round(GAP_S * rate)
    track = np.concatenate(parts)
    heard = companded(track + _pink(len(track), LEVEL_DB - snr, draw))
    return Tape(half=half, snr_db=snr, pcm=_to_16k(heard), lines=mine, spans=tuple(spans))


def _pink(length: int, level_db: float, draw: np.random.Generator) -> np.ndarray:
    bins = length // 2 + 1
    spectrum = (draw.standard_normal(bins) + 1j * draw.standard_normal(bins)) / np.sqrt(
        np.maximum(np.arange(bins), 1)
    )
    spectrum[: round(bins * 0.05)] = 0
    noise = np.fft.irfft(spectrum, length)
    return (noise * 10 ** (level_db / 20) / np.sqrt((noise**2).mean())).astype(np.float32)


def _to_16k(audio: np.ndarray) -> Pcm:
    """Twice the rate, by a spectrum with nothing in its upper half."""
    doubled = np.fft.irfft(np.fft.rfft(audio), 2 * len(audio)) * 2
    assert SAMPLE_RATE_HZ * 3 == SPOKEN_RATE_HZ * 2
    return np.round(np.clip(doubled, -1, 1) * 32767).astype(np.int16)


def _line(said: str, half: str) -> Line:
    text = _CARRIERS[_draw(said + "carrier", len(_CARRIERS))].format(said)
    return Line(text=text, voice=VOICES[half][_draw(said + "voice", len(VOICES[half]))], half=half)


def _phrase_operators(rubric: Rubric) -> Iterator[PhraseOperator]:
    checks = (
        c for _, criterion in rubric.criteria() for c in (criterion.check, criterion.when, criterion.unless)
    )
    for check in chain(checks, rubric.conditions.values()):
        for operator in _within(check) if check is not None else ():
            if isinstance(operator, PhraseOperator):
                yield operator


def _within(check: Operator) -> Iterator[Operator]:
    yield check
    for _, child in check.children():
        yield from _within(child)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _draw(text: str, count: int) -> int:
    return int(_digest(text)[:8], 16) % count
