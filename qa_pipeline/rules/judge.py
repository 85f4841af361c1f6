"""From places to verdicts, the same way for every operator: found, absent, or faulty (and perhaps excused)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Doubt, Place, Truth, Verdict
from qa_pipeline.rules.window import Area, role_goes_on, whole

Told = Callable[[Sequence[Place]], Message]


def role_or_none(role: str) -> Role | None:
    """The role for an evidence; None for any."""
    return None if role == "any" else Role(role)


def seconds(ms: int) -> float:
    """Milliseconds as a message parameter."""
    return ms / 1000


def window_params(area: Area) -> dict[str, ParamValue]:
    """Where was looked, for a message."""
    return {"start_s": seconds(area.hull.start_ms), "end_s": seconds(area.hull.end_ms), "turns": area.turns}


def window_key(key: str, area: Area) -> str:
    """The message variant that names the kind of window."""
    return f"{key}.{area.kind}" if area.kind in ("first_turns", "last_turns", "anchor") else f"{key}.all"


def searched(area: Area, role: str, expected: str | None) -> tuple[Evidence, ...]:
    """The stretches in which something was looked for in vain."""
    return tuple(
        Evidence(kind="searched", span=span, role=role_or_none(role), expected=expected)
        for span in area.spans
    )


def silent_role(scene: Scene, area: Area, role: str) -> Verdict | None:
    """Uncertain where the role had no chance, or no working microphone, to say what was expected.

    That is: it is never heard in the whole call; or the window hangs on a condition and the role says nothing from there on.
    """
    start = area.hull.start_ms if area.kind == "anchor" else 0
    if role_goes_on(scene.call, role_or_none(role), start):
        return None
    return Verdict(
        truth=Truth.UNCERTAIN,
        confidence=0.0,
        message=Message(key="role_silent" if area.kind != "anchor" else "role_silent_after"),
        evidence=searched(area, role, None),
        doubt="hearing",
    )


def absent(
    scene: Scene,
    area: Area,
    role: str,
    message: Message,
    *,
    expected: str,
    near: Sequence[Evidence] = (),
    limit: float = 1.0,
    share: float | None = None,
) -> Verdict:
    """Not met because something was not heard; the evidence is what was searched.

    Args:
        scene: the call.
        area: where it was looked for.
        role: who should have said it.
        message: what to tell.
        expected: what was looked for.
        near: the closest that was heard.
        limit: how sure the way of looking can be at most.
        share: the fulfilled part.
    """
    silent = silent_role(scene, area, role)
    if silent is not None:
        return silent
    confidence, doubt = scene.hearing(role, area.spans)
    if limit < confidence:
        confidence, doubt = limit, "match"
    evidence = (*searched(area, role, expected), *near)
    verdict = Verdict(
        truth=Truth.NOT_MET,
        confidence=confidence,
        message=message,
        evidence=evidence,
        count=1,
        share=share,
        doubt=doubt,
    )
    return excuse_whole(scene, verdict, area)


def excuse_whole(scene: Scene, verdict: Verdict, area: Area) -> Verdict:
    """A failing verdict about a whole window, unless it is excused."""
    if verdict.truth is not Truth.NOT_MET:
        return verdict
    for span in area.spans:
        answer = scene.excused(span)
        if answer is not None and answer.truth is Truth.MET:
            return Verdict(
                truth=Truth.MET,
                confidence=answer.confidence,
                message=Message(key="excused_absence", params=_excuse_params(answer)),
                evidence=(*answer.evidence, *verdict.evidence),
            )
        if answer is not None and answer.truth is Truth.UNCERTAIN:
            return _excuse_uncertain(verdict.evidence, answer)
    return verdict


def faulty(
    scene: Scene,
    places: Sequence[Place],
    *,
    told: Told,
    told_maybe: Told,
    clean: Message,
    clean_evidence: Sequence[Evidence],
    clean_confidence: tuple[float, Doubt],
    tolerated: int = 0,
    maybe: Sequence[Place] = (),
) -> Verdict:
    """The verdict on things that must not happen (more than ``tolerated`` times).

    Places below the scene's ``min_confidence`` are doubtful. Excused places count no more.
    """
    doubtful = [*maybe, *(p for p in places if p.confidence < scene.min_confidence)]
    kept, excused, unclear = _sort(scene, [p for p in places if p.confidence >= scene.min_confidence])
    doubtful_kept, _, doubtful_unclear = _sort(scene, doubtful)
    if len(kept) > tolerated:
        surest = sorted(kept, key=lambda p: -p.confidence)[tolerated]
        return Verdict(
            truth=Truth.NOT_MET,
            confidence=surest.confidence,
            message=told(kept),
            evidence=tuple(p.evidence for p in kept),
            hits=tuple(kept),
            count=len(kept),
            doubt=surest.doubt,
        )
    if len(kept) + len(unclear) > tolerated:
        place, answer = unclear[0]
        return _excuse_uncertain((place.evidence,), answer)
    open_places = [*kept, *(p for p, _ in unclear), *doubtful_kept, *(p for p, _ in doubtful_unclear)]
    if len(open_places) > tolerated:
        open_places.sort(key=lambda p: p.span)
        return Verdict(
            truth=Truth.UNCERTAIN,
            confidence=max(p.confidence for p in open_places),
            message=told_maybe(open_places),
            evidence=tuple(p.evidence for p in open_places),
            maybe=tuple(open_places),
            doubt="match",
        )
    confidence, doubt = clean_confidence
    if excused:
        place, answer = excused[0]
        params = {**_excuse_params(answer), "at_s": seconds(place.span.start_ms)}
        key = "excused" if place.evidence.quote is None else "excused_quote"
        if place.evidence.quote is not None:
            params["said"] = place.evidence.quote
        return Verdict(
            truth=Truth.MET,
            confidence=min(confidence, answer.confidence),
            message=Message(key=key, params=params),
            evidence=tuple(e for p, a in excused for e in (p.evidence, *a.evidence)),
            doubt=doubt,
        )
    return Verdict(
        truth=Truth.MET,
        confidence=confidence,
        message=clean,
        evidence=tuple(clean_evidence),
        doubt=doubt,
    )


def call_evidence(
    scene: Scene, *, value: float | None, unit: str | None, expected: str, quote: str | None = None
) -> Evidence:
    """A measure of the call as a whole."""
    return Evidence(
        kind="measured", span=whole(scene.call), value=value, unit=unit, expected=expected, quote=quote
    )


def margin_confidence(distance: float, tolerance: float) -> float:
    """How sure a comparison is by its distance from the threshold: 0.5 on it, 1 from ``tolerance`` away."""
    return round(0.5 + 0.5 * min(1.0, abs(distance) / tolerance), 3)


def _sort(
    scene: Scene, places: Sequence[Place]
) -> tuple[list[Place], list[tuple[Place, Verdict]], list[tuple[Place, Verdict]]]:
    """Places that stand, that are excused, and whose excuse is uncertain."""
    kept: list[Place] = []
    excused: list[tuple[Place, Verdict]] = []
    unclear: list[tuple[Place, Verdict]] = []
    for place in places:
        answer = scene.excused(place.span)
        if answer is not None and answer.truth is Truth.MET:
            excused.append((place, answer))
        elif answer is not None and answer.truth is Truth.UNCERTAIN:
            unclear.append((place, answer))
        else:
            kept.append(place)
    return kept, excused, unclear


def _excuse_params(answer: Verdict) -> dict[str, ParamValue]:
    quote = next((e.quote for e in answer.evidence if e.quote), None)
    start = next((e.span.start_ms for e in answer.evidence), 0)
    return {"excuse": quote or "…", "excuse_s": seconds(start)}


def _excuse_uncertain(evidence: Sequence[Evidence], answer: Verdict) -> Verdict:
    return Verdict(
        truth=Truth.UNCERTAIN,
        confidence=answer.confidence,
        message=Message(key="excuse_uncertain"),
        evidence=(*evidence, *answer.evidence),
        doubt="match",
    )
