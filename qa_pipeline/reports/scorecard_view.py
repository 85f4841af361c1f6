"""The filled-in form as it is read: sections, criteria with their points and reasons, and the evidence to jump to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa_pipeline.domain.finding import Evidence, Outcome
from qa_pipeline.domain.scorecard import Scorecard, ScoredFinding
from qa_pipeline.domain.time import Span
from qa_pipeline.reports.explain import explain
from qa_pipeline.reports.pages import Words, number, percent
from qa_pipeline.rules.registry import OPERATORS

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import Criterion, Rubric

_SAME = 0.95
"""From this similarity on the quote says it all."""
_MOST_PHRASES = 6
_MOST_CHARS = 160
_JOINT, _MORE = " / ", "…"
"""How operators write several phrases that were looked for, and that there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """One place to hear, with all its words ready."""

    kind: str
    span: Span
    role: str
    time: str
    quote: str
    expected: str
    expected_whole: str
    """Where ``expected`` was shortened."""
    value: str
    similarity: str
    label: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One criterion of the form."""

    criterion_id: str
    title: str
    meta: tuple[str, ...]
    """Standard, severity and, last where ``sure``, the machine's confidence."""
    sure: bool
    suspected: bool
    outcome: str
    outcome_name: str
    points: str
    lost: str
    """Points lost, empty where none were."""
    why: str
    evidence: tuple[EvidenceView, ...]
    better: tuple[str, ...]
    """What could have been said instead, by the form; only of what was not met."""

    @property
    def fault(self) -> bool:
        """Not met, also where that costs no points (fatal criteria), or met with some points lost."""
        return self.outcome == Outcome.NOT_MET.value or bool(self.lost)

    @property
    def review(self) -> bool:
        """Waits for a person."""
        return self.outcome == Outcome.NEEDS_REVIEW.value


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One section of the form."""

    title: str
    points: str
    failed: bool
    items: tuple[Item, ...]


def build_sections(card: Scorecard, rubric: Rubric, words: Words) -> tuple[SectionView, ...]:
    """In the order of the form, with the form's sections that have findings."""
    found = {scored.finding.criterion_id: scored for scored in card.findings}
    scores = {section.section_id: section for section in card.sections}
    sections = []
    for section in rubric.sections:
        items = tuple(
            _item(found[c.id], c, c.id in card.suspected_fatal, words)
            for c in section.criteria
            if c.id in found
        )
        score = scores.get(section.id)
        decided = score is not None and score.points_possible > 0
        points = words("section_none")
        if score is not None and decided:
            points = words(
                "section_points", points=number(score.points), possible=number(score.points_possible)
            )
        failed = score is not None and score.auto_failed
        if items:
            sections.append(SectionView(title=section.title, points=points, failed=failed, items=items))
    return tuple(sections)


def _item(scored: ScoredFinding, criterion: Criterion, suspected: bool, words: Words) -> Item:
    finding = scored.finding
    lost = scored.points_possible - scored.points if scored.decided else 0
    sure = finding.outcome is not Outcome.NOT_APPLICABLE and finding.operator != "human"
    meta = (
        criterion.standard,
        words.named("severity", scored.severity),
        words("confidence", percent=percent(finding.confidence)) if sure else None,
    )
    return Item(
        criterion_id=criterion.id,
        title=criterion.title,
        meta=tuple(part for part in meta if part),
        sure=sure,
        suspected=suspected,
        outcome=finding.outcome.value,
        outcome_name=words(f"outcome_{finding.outcome.value}"),
        points=_points(scored, criterion, words),
        lost=number(lost) if lost > 0 else "",
        why=explain(finding, words.lang),
        evidence=tuple(_evidence(e, finding.operator, words) for e in _by_place(finding.evidence, words)),
        better=tuple(criterion.better) if finding.outcome is Outcome.NOT_MET else (),
    )


def _points(scored: ScoredFinding, criterion: Criterion, words: Words) -> str:
    if scored.finding.outcome is Outcome.NOT_APPLICABLE:
        return words("points_excluded")
    if not scored.decided:
        return words("points_pending", possible=number(scored.points_possible or criterion.points))
    if not scored.points and not scored.points_possible:
        return words("points_none")
    if scored.points > scored.points_possible:
        return words("points_bonus", points=number(scored.points - scored.points_possible))
    return words("section_points", points=number(scored.points), possible=number(scored.points_possible))


def _by_place(evidence: Sequence[Evidence], words: Words) -> list[Evidence]:
    """One for each window of seconds as it is shown: what was searched there in vain comes together, twins once.

    A criterion of several checks has evidence from each of them, often about the same window.
    """
    places: dict[tuple[object, ...], list[Evidence]] = {}
    for one in evidence:
        said = () if one.kind == "searched" else (one.role, one.quote, one.value, one.unit)
        places.setdefault((one.kind, words.window(one.span), *said), []).append(one)
    return [_together(twins) for twins in places.values()]


def _together(twins: Sequence[Evidence]) -> Evidence:
    wanted = dict.fromkeys(p for one in twins if one.expected for p in one.expected.split(_JOINT))
    if _MORE in wanted:
        del wanted[_MORE]
        wanted[_MORE] = None  # comes last
    role = twins[0].role if len({one.role for one in twins}) == 1 else None
    return replace(twins[0], role=role, expected=_JOINT.join(wanted) or None)


def _evidence(evidence: Evidence, operator: str, words: Words) -> EvidenceView:
    """A metadata value comes as a measure with a quote: it has no place in the recording, whatever its span."""
    metadata = evidence.kind == "measured" and evidence.quote is not None
    unit = words.named("unit", evidence.unit) if evidence.unit and evidence.unit != "similarity" else ""
    whole = evidence.expected or ""
    if whole and evidence.kind == "measured" and evidence.unit != "log_probability":  # that one expects words
        bare = whole.removesuffix(f" {evidence.unit}")
        whole = f"{bare.replace('<=', '≤').replace('>=', '≥')} {unit}".strip()
    expected = _shortened(whole, words)
    label = ""
    if evidence.kind == "searched":
        key = "ev_checked" if operator in OPERATORS and OPERATORS[operator].measures else "ev_searched"
        key = key if expected else "ev_searched_plain"
        label = words(key, window=words.window(evidence.span), expected=expected)
    value = similarity = ""
    if evidence.unit == "similarity" and evidence.value is not None and evidence.value < _SAME:
        similarity = words("similarity", percent=percent(evidence.value))
    elif evidence.unit != "similarity" and evidence.value is not None:
        value = f"{number(evidence.value)} {unit}".strip()
    definition = f"define_{evidence.unit}"
    return EvidenceView(
        kind=evidence.kind,
        span=evidence.span,
        role=evidence.role.value if evidence.role else "",
        time=words("ev_metadata") if metadata else words.window(evidence.span),
        quote=words("ev_quote", quote=evidence.quote) if evidence.quote and not value else "",
        expected=words("ev_expected", expected=expected)
        if whole not in ("", evidence.quote) and not label
        else "",
        expected_whole=whole if whole != expected and not label else "",
        value=value,
        similarity=similarity,
        label=label,
        help=whole if label and whole != expected else words(definition) if words.knows(definition) else "",
    )


def _shortened(expected: str, words: Words) -> str:
    """Word lists name their first phrases and how many there are; the whole is shown on hover."""
    phrases = expected.split(_JOINT)
    if len(phrases) > _MOST_PHRASES:
        return words("ev_phrases", phrases=_JOINT.join(phrases[: _MOST_PHRASES - 1]), count=len(phrases))
    return expected if len(expected) <= _MOST_CHARS else f"{expected[:_MOST_CHARS]}…"
