"""Tells a finding as a case: what was asked, what was said, and the dialogue around it, all without what is private."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.scorecard import ScoredFinding
from qa_pipeline.domain.time import Span
from qa_pipeline.pipeline.redaction import Clean, who
from qa_pipeline.reports.clip_view import ClipView, Hidden, Line, Measured, Rule, Said
from qa_pipeline.reports.clip_words import asked_words, better_words
from qa_pipeline.reports.explain import explain
from qa_pipeline.reports.pages import chinese_marks
from qa_pipeline.rules.rubric import Rubric

_MOST = 6
"""Quotes; more would not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a clip stands among the others, and in its call."""

    number: int
    pair: int | None
    why: str
    agent: str
    """The agent's name for readers."""
    confirmed: bool
    span: Span
    """What is played, in milliseconds of the recording."""
    partner: int | None = None
    """The number of the clip that contrasts with it."""
    other_fatal: tuple[str, ...] = ()
    """Fatal faults elsewhere in the call."""


def view(
    clean: Clean, scored: ScoredFinding, rubric: Rubric, place: Place, better: Sequence[str]
) -> ClipView:
    """A finding for readers.

    Args:
        clean: its call.
        scored: the finding with its points.
        rubric: the form it was judged by.
        place: where the clip stands.
        better: what the form in force says instead; empty: what follows from the check.
    """
    finding = clean.finding(scored.finding)
    section, criterion = next((s, c) for s, c in rubric.criteria() if c.id == finding.criterion_id)
    good = finding.outcome is Outcome.MET
    rule = Rule(
        criterion_id=criterion.id,
        title=criterion.title,
        section=section.title,
        standard=criterion.standard,
        severity=scored.severity,
        rubric=f"{rubric.title} v{rubric.version}",
        note=criterion.note,
        points=scored.points,
        points_possible=scored.points_possible,
        confirmed=place.confirmed,
        asked=asked_words(rubric, criterion, clean.lang),
    )
    return frame(
        clean,
        place,
        folder=f"{criterion.id}_{finding.outcome.value}",
        title=criterion.title,
        kind="good" if good else "bad",
        rule=rule,
        explanation=clean.text(explain(finding, clean.lang)),
        said=_said(finding, clean, place),
        occasion=_occasion(finding, clean, place),
        better=tuple(better) or better_words(rubric, criterion, clean.lang),
    )


def frame(
    clean: Clean,
    place: Place,
    *,
    folder: str,
    title: str,
    kind: Literal["good", "bad", "shown"],
    explanation: str,
    rule: Rule | None = None,
    measured: Measured | None = None,
    said: tuple[Said, ...] = (),
    occasion: Said | None = None,
    better: tuple[str, ...] = (),
) -> ClipView:
    """A stretch of a call with what it is an example of."""
    call, span = clean.call, place.span
    lines = dialogue(clean, span, place.agent)
    return ClipView(
        number=place.number,
        folder=f"{place.number:02d}_{folder}",
        audio="audio",
        title=title,
        kind=kind,
        rule=rule,
        measured=measured,
        pair=place.pair,
        partner=place.partner,
        other_fatal=place.other_fatal,
        why=place.why,
        agent=place.agent,
        queue=clean.text(call.info.queue or ""),
        starts_ms=span.start_ms,
        call_ms=call.recording.duration_ms,
        duration_ms=span.duration_ms,
        explanation=explanation,
        said=said,
        occasion=occasion,
        better=better,
        turns=in_turns(lines),
        lines=lines,
        hidden=hidden(clean, span),
        call_id=None if clean.redact else call.info.call_id,
    )


def dialogue(clean: Clean, span: Span, agent: str) -> tuple[Line, ...]:
    """What was said in a stretch, an utterance a line, in order; times are milliseconds from its start."""
    lines = []
    for utterance in clean.call.transcript.utterances:
        shown = utterance.span.intersection(span)
        said = chinese_marks(clean.said(utterance, span).strip()) if shown is not None else ""
        if shown is not None and said:
            role = clean.call.role_of(utterance)
            name = who(role, clean.lang, agent)
            lines.append(Line(role=role.value, who=name, span=moved(shown, span), text=said))
    return tuple(sorted(lines, key=lambda line: (line.span, line.role)))


def in_turns(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Consecutive lines of one party put together."""
    turns: list[Line] = []
    for line in lines:
        if turns and turns[-1].who == line.who:
            last = turns[-1]
            turns[-1] = replace(last, span=last.span.hull(line.span), text=f"{last.text} {line.text}")
        else:
            turns.append(line)
    return tuple(turns)


def hidden(clean: Clean, span: Span) -> tuple[Hidden, ...]:
    """What was taken out of a stretch, in order, without its content; times are milliseconds from its start."""
    found = [(p.kind.value, p.role.value, p.span) for p in clean.private]
    found += [("unread", Role.UNKNOWN.value, s) for s in clean.unread]
    places = [
        Hidden(kind=kind, role=role, span=moved(shown, span))
        for kind, role, where in found
        if (shown := where.intersection(span)) is not None
    ]
    return tuple(sorted(places, key=lambda h: (h.span, h.kind, h.role)))


def _occasion(finding: Finding, clean: Clean, place: Place) -> Said | None:
    """What the customer said, where the rule hangs on it and nothing the agent said is the fault."""
    found = [
        (e.role, e.quote, e.span)
        for e in finding.evidence
        if e.kind == "quoted" and e.quote and e.role is Role.CUSTOMER
    ]
    return next(iter(sentences(clean, place, found)), None)


def _said(finding: Finding, clean: Clean, place: Place) -> tuple[Said, ...]:
    if any(e.kind == "searched" for e in finding.evidence) and finding.outcome is Outcome.NOT_MET:
        return ()  # it was not said: what is quoted beside it is only the nearest
    found = [
        (e.role, e.quote, e.span)
        for e in finding.evidence
        if e.kind == "quoted" and e.quote and e.span.intersection(place.span)
    ]
    return sentences(clean, place, found)


def sentences(clean: Clean, place: Place, words: Iterable[tuple[Role | None, str, Span]]) -> tuple[Said, ...]:
    """The sentences in which words are said, in order; a few words alone tell a class little.

    Args:
        clean: the call.
        place: what is played.
        words: who says what when, without what is private.
    """
    found: dict[tuple[Span, str], Said] = {}
    for role, quote, span in words:
        shown = span.intersection(place.span)
        if shown is None:
            continue
        name = who(role, clean.lang, place.agent)
        around = next(
            (
                u
                for u in clean.call.transcript.utterances
                if u.span.intersection(span) and clean.call.role_of(u) is role
            ),
            None,
        )
        sentence = quote
        if around is not None and (inside := around.span.intersection(place.span)) is not None:
            sentence, shown = chinese_marks(clean.said(around, place.span).strip() or quote), inside
        known = found.get((shown, name))
        told = dict.fromkeys([*(known.words if known is not None else ()), quote])
        where = moved(shown, place.span)
        found[shown, name] = Said(who=name, quote=sentence, words=tuple(told)[:_MOST], span=where)
    return tuple(sorted(found.values(), key=lambda s: s.span)[:_MOST])


def moved(span: Span, start: Span) -> Span:
    """A time of the call as one of the clip that begins with ``start``."""
    return Span(start_ms=span.start_ms - start.start_ms, end_ms=span.end_ms - start.start_ms)
