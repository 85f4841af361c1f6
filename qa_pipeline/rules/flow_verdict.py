"""What a walk through a flow amounts to: the answer, its proof, and the way that was taken in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.flow_walk import Visit, Walk
from qa_pipeline.rules.judge import excuse_whole, role_or_none
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Doubt, Place, Truth, Verdict
from qa_pipeline.rules.window import Area, whole


def told(scene: Scene, walk: Walk, verdicts: Mapping[str, Verdict], truth: Truth, role: str) -> Verdict:
    """The verdict on a walk.

    Args:
        scene: the call.
        walk: the strict reading where the flow was followed, else the kind one.
        verdicts: what each step's check found.
        truth: met, uncertain or not met.
        role: who says the steps.
    """
    due = [v for v in walk.visits if v.state != "left_out"]
    if not due:
        return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="nothing_applies"))
    points = sum(v.step.points for v in due if not v.step.optional)
    share = round(1 - walk.lost / points, 4) if points else None
    places = tuple(v.place for v in walk.visits if v.place is not None)
    if truth is Truth.MET:
        return _followed(scene, walk, places)
    if truth is Truth.UNCERTAIN:
        return _unclear(scene, walk, places, share)
    return _left(scene, walk, verdicts, role, share)


def way(visits: Sequence[Visit]) -> str:
    """The way in one line: steps with their second, branches with the words that chose them.

    ``✗`` marks a step that was due and not heard, ``?`` what is doubtful.
    """
    parts = []
    for visit in visits:
        if visit.state == "left_out":
            continue
        at = f" {visit.place.span.start_ms / 1000:.1f}s" if visit.place is not None else ""
        doubt = "?" if visit.state == "maybe" or visit.late else ""
        part = f"{'✗' if visit.state == 'missing' else ''}{visit.step.step}{at}{doubt}"
        parts.append(part + _branch(visit))
    return " → ".join(parts)


def _branch(visit: Visit) -> str:
    choice = visit.choice
    if choice is None:
        return ""
    quoted = next((e for e in choice.evidence if e.quote), None)
    words = f" “{quoted.quote}” {quoted.span.start_ms / 1000:.1f}s" if quoted is not None else ""
    return f"［{choice.answer.answer}{'' if visit.certain else '?'}{words}］"


def _proof(visits: Sequence[Visit]) -> tuple[Evidence, ...]:
    proof: list[Evidence] = []
    for visit in visits:
        if visit.place is not None:
            proof.append(visit.place.evidence)
        if visit.choice is not None:
            proof += visit.choice.evidence
    return tuple(proof)


def _followed(scene: Scene, walk: Walk, places: tuple[Place, ...]) -> Verdict:
    weakest = min(places, key=lambda p: p.confidence, default=None)
    branches = [v.choice.confidence for v in walk.visits if v.choice is not None and v.certain]
    return Verdict(
        truth=Truth.MET,
        confidence=min([weakest.confidence if weakest else 1.0, *branches]),
        message=Message(key="flow_followed", params={"path": way(walk.visits)}),
        evidence=_proof(walk.visits),
        hits=places,
        share=1.0,
        doubt=weakest.doubt if weakest else "match",
    )


def _unclear(scene: Scene, walk: Walk, places: tuple[Place, ...], share: float | None) -> Verdict:
    visit = next((v for v in walk.visits if v.state == "maybe" or v.late), None)
    if visit is not None:
        key, confidence = ("flow_late" if visit.late else "flow_maybe"), 0.5
        if visit.state == "maybe" and visit.place is not None:
            confidence = visit.place.confidence
    else:
        visit = next((v for v in walk.visits if not v.certain), walk.visits[0])
        key, confidence = "flow_branch_maybe", visit.choice.confidence if visit.choice else 0.5
    evidence = _proof(walk.visits)
    return Verdict(
        truth=Truth.UNCERTAIN,
        confidence=confidence,
        message=Message(key=key, params={"what": visit.step.step, "path": way(walk.visits)}),
        evidence=evidence or (Evidence(kind="searched", span=scene.clip or whole(scene.call)),),
        maybe=places,
        share=share,
        doubt="match",
    )


def _left(
    scene: Scene, walk: Walk, verdicts: Mapping[str, Verdict], role: str, share: float | None
) -> Verdict:
    evidence: list[Evidence] = []
    surest: tuple[float, Doubt] = (-1.0, "hearing")
    windows: list[Span] = []
    branch_sure = 1.0
    for index, visit in enumerate(walk.visits):
        if visit.state == "missing":
            window = _window(scene, walk.visits, index)
            windows.append(window)
            evidence += _missing_proof(visit, verdicts[visit.step.step], window, role)
            sure, doubt = _absence(scene, verdicts[visit.step.step], window, role)
            if branch_sure < sure:
                sure, doubt = branch_sure, "match"
            surest = max(surest, (sure, doubt), key=lambda s: s[0])
        else:
            evidence += _proof([visit])
        if visit.choice is not None and visit.place is not None and visit.certain:
            branch_sure = min(branch_sure, visit.choice.confidence)
    broken = next(v for v in walk.visits if v.state == "missing")
    elsewhere = verdicts[broken.step.step].hits
    params: dict[str, ParamValue] = {
        "what": broken.step.step,
        "start_s": windows[0].start_ms / 1000,
        "end_s": windows[0].end_ms / 1000,
        "missing": walk.missing,
        "path": way(walk.visits),
    }
    if elsewhere:
        params["at_s"] = elsewhere[0].span.start_ms / 1000
    verdict = Verdict(
        truth=Truth.NOT_MET,
        confidence=surest[0],
        message=Message(key="flow_misplaced" if elsewhere else "flow_broken", params=params),
        evidence=tuple(evidence),
        count=walk.missing,
        share=share,
        doubt=surest[1],
    )
    return excuse_whole(scene, verdict, Area(spans=(windows[0],)))


def _window(scene: Scene, visits: Sequence[Visit], index: int) -> Span:
    """Where a missing step should have been said: between the steps around it that were."""
    everything = scene.clip or whole(scene.call)
    before = [v.place.span.end_ms for v in visits[:index] if v.place is not None]
    after = [v.place.span.start_ms for v in visits[index + 1 :] if v.place is not None]
    start = max([everything.start_ms, *before[-1:]])
    end = min([everything.end_ms, *after[:1]])
    if start >= end:
        # Nothing lies between them: then the two themselves are what was looked through.
        starts = [v.place.span.start_ms for v in visits[:index] if v.place is not None]
        ends = [v.place.span.end_ms for v in visits[index + 1 :] if v.place is not None]
        start = max([everything.start_ms, *starts[-1:]])
        end = max(start, min([everything.end_ms, *ends[:1]]))
    return Span(start_ms=start, end_ms=end)


def _missing_proof(visit: Visit, verdict: Verdict, window: Span, role: str) -> tuple[Evidence, ...]:
    expected = next((e.expected for e in verdict.evidence if e.expected), None) or visit.step.step
    where = Evidence(kind="searched", span=window, role=role_or_none(role), expected=expected)
    return (where, *(p.evidence for p in verdict.hits[:1]))


def _absence(scene: Scene, verdict: Verdict, window: Span, role: str) -> tuple[float, Doubt]:
    """How sure it is that a step was not said where it was due: no surer than the check itself, where it heard nothing."""
    sure, doubt = scene.hearing(role, (window,))
    if verdict.confidence < sure:
        return verdict.confidence, verdict.doubt
    return sure, doubt
