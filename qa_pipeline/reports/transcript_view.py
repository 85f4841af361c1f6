"""The transcript as it is read: turns in time order, doubtful words marked, evidence highlighted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.scorecard import ScoredFinding
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.reports.pages import chinese_marks

LOW_CONFIDENCE = 0.5
"""Words the recogniser itself gives less than even odds are underlined; shown, never used for scoring."""
_RANK = {"not_met": 0, "needs_review": 1, "met": 2, "context": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words that share their highlight; without words: something was said that could not be recognised."""

    span: Span
    words: tuple[tuple[str, Span, bool], ...] = ()
    """Text, time, and whether it is doubtful."""
    kind: str | None = None
    """How it is highlighted, see :func:`quote_kind`."""
    title: str = ""
    doubtful: bool = False
    """First of an utterance that is doubtful as a whole (loops, known hallucinations …)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One turn, or an aside (what was said within the other party's turn)."""

    role: str
    span: Span
    runs: tuple[Run, ...]
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quote:
    span: Span
    role: Role | None
    kind: str
    title: str


def build_transcript(call: Call, findings: Sequence[tuple[ScoredFinding, str]]) -> tuple[Block, ...]:
    """Every utterance exactly once, those outside any turn as asides; ``findings`` come with their criteria's titles."""
    quotes = sorted(
        (
            _Quote(span=e.span, role=e.role, kind=quote_kind(scored.finding), title=title)
            for scored, title in findings
            for e in scored.finding.evidence
            if e.kind == "quoted" and scored.finding.outcome is not Outcome.NOT_APPLICABLE
        ),
        key=lambda quote: _RANK[quote.kind],
    )
    by_id = {u.utterance_id: u for u in call.transcript.utterances}
    in_turns = {i for turn in call.turns for i in turn.utterance_ids}
    blocks = [
        _block(turn.role, turn.span, [by_id[i] for i in turn.utterance_ids if i in by_id], quotes)
        for turn in call.turns
    ]
    blocks += [
        _block(call.role_of(u), u.span, [u], quotes, aside=True)
        for u in call.transcript.utterances
        if u.utterance_id not in in_turns
    ]
    return tuple(sorted(blocks, key=lambda block: (block.span, block.role)))


def quote_kind(finding: Finding) -> str:
    """The outcome, or ``context``: where something was searched in vain, what is quoted beside it is no fault itself."""
    absent = any(evidence.kind == "searched" for evidence in finding.evidence)
    if finding.outcome is Outcome.NOT_MET and absent:
        return "context"
    return finding.outcome.value


def _block(
    role: Role, span: Span, utterances: Iterable[Utterance], quotes: Sequence[_Quote], *, aside: bool = False
) -> Block:
    mine = [quote for quote in quotes if quote.role in (role, None)]
    runs = tuple(run for utterance in utterances for run in _runs(utterance, mine))
    return Block(role=role.value, span=span, runs=runs or (Run(span=span),), aside=aside)


def _runs(utterance: Utterance, quotes: Sequence[_Quote]) -> Iterable[Run]:
    if not utterance.text.strip():
        yield Run(span=utterance.span)
        return
    doubtful = bool(utterance.asr_quality.flags)
    for quote, group in groupby(utterance.words, key=lambda word: _quote_of(word, quotes)):
        words = tuple(group)
        yield Run(
            span=Span(start_ms=words[0].span.start_ms, end_ms=max(w.span.end_ms for w in words)),
            words=tuple(
                (chinese_marks(word.text), word.span, word.confidence < LOW_CONFIDENCE) for word in words
            ),
            kind=quote.kind if quote else None,
            title=quote.title if quote else "",
            doubtful=doubtful,
        )
        doubtful = False


def _quote_of(word: Word, quotes: Sequence[_Quote]) -> _Quote | None:
    middle = (word.span.start_ms + word.span.end_ms) // 2
    return next((quote for quote in quotes if quote.span.contains(middle)), None)
