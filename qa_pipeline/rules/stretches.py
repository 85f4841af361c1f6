"""Stretches of the recording that last too long: what the timing operators share."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.judge import Told, faulty, margin_confidence, role_or_none, searched, window_params
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Doubt, Place, Verdict
from qa_pipeline.rules.window import Area

EDGE_MS = 250
"""Voice activity is known to a few frames of 10 to 30 ms with some hangover: this close to a threshold
nobody can be sure."""


def stretch(
    scene: Scene, role: str, part: Span, seconds: float, *, sign: str = "<", edge_ms: int = EDGE_MS
) -> Place:
    """A stretch with its length as proof, the surer the further it is from the limit.

    Args:
        scene: the call.
        role: whose stretch it is.
        part: where.
        seconds: the limit.
        sign: how the limit reads in the evidence.
        edge_ms: from this far off the limit the length is certain.
    """
    confidence = margin_confidence(part.duration_ms - seconds * 1000, edge_ms)
    doubt: Doubt = "margin"
    role_sure = scene.role_confidence(role)
    if role_sure < confidence:
        confidence, doubt = role_sure, "role"
    evidence = Evidence(
        kind="measured",
        span=part,
        role=role_or_none(role),
        value=part.duration_ms / 1000,
        unit="s",
        expected=f"{sign} {seconds:g} s",
    )
    return Place(span=part, evidence=evidence, confidence=confidence, doubt=doubt)


def longest(places: Sequence[Place]) -> Place:
    """The longest of several stretches, the first of equals."""
    return max(places, key=lambda p: (p.span.duration_ms, -p.span.start_ms))


def judge_stretches(
    scene: Scene,
    area: Area,
    role: str,
    sure: Sequence[Place],
    maybe: Sequence[Place],
    *,
    key: str,
    seconds: float,
    times: int,
    measured: Sequence[Evidence] = (),
) -> Verdict:
    """Met while fewer than ``times`` stretches are too long.

    Args:
        scene: the call.
        area: where they were looked for.
        role: whose they are.
        sure: those that are too long.
        maybe: those that may belong to somebody else, or may be something else.
        key: of the message; ``<key>_maybe`` and ``<key>_clean`` are its variants.
        seconds: the limit.
        times: how many are too many.
        measured: proof that none was too long, where there is a better one than that the window was searched.
    """
    limit = f"< {seconds:g} s" if times == 1 else f"< {times} x {seconds:g} s"
    return faulty(
        scene,
        sure,
        maybe=maybe,
        tolerated=times - 1,
        told=_told(key, seconds),
        told_maybe=_told(f"{key}_maybe", seconds),
        clean=Message(key=f"{key}_clean", params={"seconds": seconds, "times": times, **window_params(area)}),
        clean_evidence=measured or searched(area, role, limit),
        clean_confidence=(scene.role_confidence(role), "role"),
    )


def _told(key: str, seconds: float) -> Told:
    def told(places: Sequence[Place]) -> Message:
        worst = longest(places)
        return Message(
            key=key,
            params={
                "times": len(places),
                "longest_s": worst.span.duration_ms / 1000,
                "start_s": worst.span.start_ms / 1000,
                "seconds": seconds,
            },
        )

    return told
