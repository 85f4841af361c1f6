"""Calls that show a measure (dead air, talk-over, rate …), and the place in the call where it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

import numpy as np

from qa_pipeline.conversation.latency import answers
from qa_pipeline.conversation.loudness import jumps, speech_seconds
from qa_pipeline.conversation.measures import CALL_UNITS, ROLE_UNITS, utterance_measures
from qa_pipeline.conversation.prosody import SLOT_MS, semitones
from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Message
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import LANGS, catalogue
from qa_pipeline.pipeline.clip_select import CLEAR, Picker, Ranked
from qa_pipeline.storage.clip_base import MeasuredRow

FAMILIES = {
    "dead_air": "dead_air_max_s",
    "talk_over": "talk_over_s",
    "response_latency": "response_latency_max_s",
    "monologue": "monologue_max_s",
    "loudness": "loudness_db",
    "pitch": "pitch_hz",
    "hesitations": "hesitations_per_min",
    "overlap": "overlap_s",
}
"""Short names, and the measure that is meant."""
_UTTERANCE = {"speaking_rate", "loudness_db", "pitch_hz"}
_OF_PLACES = {
    *("dead_air_max_s", "response_latency_max_s", "response_latency_median_s", "monologue_max_s"),
    *("speaking_rate", "pitch_hz", "pitch_range_st", "loudness_jump_db"),
}
"""Measures that a place has as well as the call; sums and shares have none: the place only shows what they are made of."""
_MIN_VOICED = 10
"""A second of pitch: with less, an utterance's range or height would be chance."""


class Side(StrEnum):
    """Which end of a measure is shown."""

    HIGH = "high"
    LOW = "low"
    TYPICAL = "typical"
    VARIED = "varied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The stretch of a call that shows a measure; ``value`` is of that stretch, None where only the call has one."""

    span: Span
    value: float | None


def known_measures() -> tuple[str, ...]:
    """Every measure's name, the parties' first."""
    return (*ROLE_UNITS, *CALL_UNITS)


def measure_named(name: str) -> str:
    """The measure of that name, short name or label in either language.

    Raises:
        InputError: ``clips.unknown_measure`` with all there are.
    """
    known_names = {
        _plain(str(catalogue("page", lang)[f"measure_{m}"])): m for lang in LANGS for m in known_measures()
    }
    known_names |= FAMILIES | {m: m for m in known_measures()}
    found = known_names.get(_plain(name))
    if found is None:
        zh = catalogue("page", "zh")
        known = "、".join(f"{m}（{zh[f'measure_{m}']}）" for m in known_measures())
        raise InputError("clips.unknown_measure", name=name, known=known)
    return found


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def picker_of(rows: Sequence[MeasuredRow], side: Side, top: int, *, per_agent: int) -> Picker:
    """Ranks calls by a measure: from one end, around the middle, or evenly over all of it; clearly heard ones only."""
    best = max((row.hearing_pct for row in rows), default=0.0)
    # Of calls that were badly heard, being badly heard is what is asked for.
    all_ = bool(rows) and rows[0].measure == "hearing_quality_pct"
    clear = [row for row in rows if all_ or row.hearing_pct >= CLEAR * best]
    values = np.array([row.value for row in rows])
    order = sorted(clear, key=lambda row: (row.value, row.call_id))
    if side is Side.HIGH:
        order.sort(key=lambda row: (-row.value, row.call_id))
    elif side is Side.TYPICAL and rows:
        middle = float(np.median(values))
        order.sort(key=lambda row: (abs(row.value - middle), row.call_id))
    elif side is Side.VARIED:
        order = _spread(order, top)
    ranked = [
        Ranked(
            row,
            Message(
                key=f"measure_{side.value}",
                params={
                    "lower": round(100 * float((values < row.value).mean())),
                    "calls": len(rows),
                    "hearing": round(row.hearing_pct),
                },
            ),
        )
        for row in order
    ]
    return Picker(ranked, lambda one, other: False, per_agent)


def _spread(order: Sequence[MeasuredRow], top: int) -> list[MeasuredRow]:
    """Evenly over the ranks, both ends first; then what lies between."""
    if not order:
        return []
    first = np.linspace(0, len(order) - 1, min(top, len(order))).round().astype(int).tolist()
    ends_first = sorted(dict.fromkeys(first), key=lambda i: (-abs(i - (len(order) - 1) / 2), i))
    chosen = [order[i] for i in ends_first]
    return [*chosen, *(row for row in order if row not in chosen)]


def place(call: Call, measure: str, role: Role | None, side: Side) -> Shown:
    """Where the measure shows: the longest dead air, the interruption, the fastest sentence …

    Args:
        call: the call.
        measure: a name of :func:`known_measures`.
        role: whose; None for those of the whole call.
        side: low ends show the slowest, softest, shortest; all others the fastest, loudest, longest.
    """
    found = _places(call, measure, role)
    if not found:  # nothing of it happened: the longest turn shows how the call went without it
        turns = [t.span for t in call.turns if not t.back_channel and role in (None, t.role)]
        whole = Span(start_ms=0, end_ms=call.recording.duration_ms)
        return Shown(span=max(turns, key=lambda s: (s.duration_ms, -s.start_ms), default=whole), value=None)
    if side in (Side.TYPICAL, Side.VARIED) and measure in (*_UTTERANCE, "response_latency_median_s"):
        middle = median(value for _, value in found)
        span, value = min(found, key=lambda f: (abs(f[1] - middle), f[0]))
    elif side is Side.LOW:
        span, value = min(found, key=lambda f: (f[1], f[0]))
    elif measure == "loudness_jump_db" and side is not Side.HIGH:
        span, value = max(found, key=lambda f: (abs(f[1]), -f[0].start_ms))
    else:
        span, value = max(found, key=lambda f: (f[1], -f[0].start_ms))
    return Shown(span=span, value=value if measure in _OF_PLACES else None)


def _places(call: Call, measure: str, role: Role | None) -> list[tuple[Span, float]]:
    if measure in (*_UTTERANCE, "pitch_off_baseline_st"):
        figures = utterance_measures(call)
        name = "pitch_hz" if measure.startswith("pitch") else measure
        of = {u.utterance_id: u.span for u in call.utterances_of(role)}
        return [(span, figures[i][name]) for i, span in of.items() if name in figures[i]]
    of_time = {
        "dead_air": [d.span for d in call.dead_air],
        "talk_over": [t.span for t in call.talk_overs if t.interrupter is role],
        "overlap": [t.span for t in call.talk_overs],
        "response_latency": [*answers(call, role)] if role is not None else [],
    }
    for family, spans in of_time.items():
        if measure.startswith(family):
            return [(s, s.duration_ms / 1000) for s in spans if s.duration_ms]
    if measure == "loudness_jump_db" and role is not None:
        seconds = speech_seconds(call.activity.get(role, ()), call.loudness_db.get(role, ()))
        return [(jump.span, jump.db) for jump in jumps(seconds)]
    if measure == "pitch_range_st":
        return [(u.span, value) for u in call.utterances_of(role) if (value := _pitch_range(call, role, u))]
    counted: dict[str, Callable[[Utterance], float]] = {
        "honorific_nin": lambda u: u.text.count("您"),
        "honorific_ni": lambda u: u.text.count("你") - u.text.count("你们"),
        "hesitations_per_min": lambda u: sum(u.text.count(c) for c in "呃唔嗯额"),
        "hearing_quality_pct": lambda u: u.span.duration_ms * (1 - _sureness(u)),
    }
    if measure in counted:
        figure = counted[measure]
        return [(u.span, value) for u in call.utterances_of(role) if (value := figure(u)) > 0]
    if measure == "duration_s":
        return [(Span(start_ms=0, end_ms=min(30_000, call.recording.duration_ms)), 0.0)]
    wanted = Role.AGENT if measure == "talk_listen_ratio" else role
    turns = [t.span for t in call.turns if not t.back_channel and t.role is wanted]
    return [(s, s.duration_ms / 1000) for s in turns]


def _sureness(utterance: Utterance) -> float:
    return sum(w.confidence for w in utterance.words) / max(1, len(utterance.words))


def _pitch_range(call: Call, role: Role | None, utterance: Utterance) -> float:
    track = call.pitch_hz.get(role, ()) if role is not None else ()
    heard = [hz for hz in track[utterance.span.start_ms // SLOT_MS : utterance.span.end_ms // SLOT_MS] if hz]
    if len(heard) < _MIN_VOICED:
        return 0.0
    low, high = np.percentile(heard, [5, 95])
    return round(semitones(float(high), float(low)), 1)
