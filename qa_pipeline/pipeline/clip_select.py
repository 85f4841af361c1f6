"""Chooses the findings a trainer would: typical, varied, best or worst ones, heard clearly, of different agents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.finding import Message
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Utterance, Word
from qa_pipeline.storage.clip_base import FindingRow
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase

PER_AGENT = 2
"""Most clips of one agent, unless one agent's are asked for."""
SAME_WORDS = 0.85
"""Cosine of two quotes' character pairs from which they count as the same example."""
GOOD_LENGTH_MS = 30_000
"""Longer places make a tiring clip; their weight falls with their length."""
CLEAR = 0.5
"""Share of the best quality below which a finding is passed over while better ones remain."""
_DIMENSIONS = 16
_MEASURES = 0.3
"""Weight of figures beside words when findings are compared."""
_SEVERITY = {"minor": 0, "major": 1, "critical": 2, "fatal": 3}

Matrix = npt.NDArray[np.float64]


class Mode(StrEnum):
    """Which examples are wanted."""

    TYPICAL = "typical"
    VARIED = "varied"
    BEST = "best"
    WORST = "worst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A chosen finding and why (``clips.why_<key>``)."""

    row: FindingRow
    reason: Message


def quality(row: FindingRow) -> float:
    """How well it serves as an example, 0 to 1.2: sureness × hearing × length; a person's confirmation adds a fifth."""
    length: float = min(1.0, GOOD_LENGTH_MS / max(1, row.length_ms)) ** 0.25
    return row.confidence * row.hearing_pct / 100 * length * (1.2 if row.confirmed else 1.0)


def choose(rows: Sequence[FindingRow], mode: Mode, top: int, *, per_agent: int = PER_AGENT) -> list[Choice]:
    """At most ``top`` findings in the order in which they should be shown; the same rows give the same choice."""
    if not rows:
        return []
    space = _Space(rows)
    ranked = {
        Mode.TYPICAL: _typical,
        Mode.VARIED: _varied,
        Mode.BEST: _best,
        Mode.WORST: _worst,
    }[mode](space, top)
    return _spread(space, ranked, top, per_agent)


def partners(chosen: Sequence[Choice], others: Sequence[FindingRow]) -> list[Choice | None]:
    """For each chosen finding the other one whose call is most like it: same criterion, if possible same queue."""
    if not chosen or not others:
        return [None] * len(chosen)
    rows = [*(c.row for c in chosen), *others]
    space = _Space(rows)
    taken: set[tuple[str, str]] = set()
    found: list[Choice | None] = []
    for n, choice in enumerate(chosen):
        fitting = [
            i
            for i in range(len(chosen), len(rows))
            if rows[i].criterion_id == choice.row.criterion_id and _place(rows[i]) not in taken
        ]
        if not fitting:
            found.append(None)
            continue
        apart = np.linalg.norm(space.points[fitting] - space.points[n], axis=1)
        used = {call_id for call_id, _ in taken}
        cost = [
            (rows[i].call_id in used, rows[i].queue != choice.row.queue, float(d) - quality(rows[i]), i)
            for i, d in zip(fitting, apart, strict=True)
        ]
        best = rows[min(cost)[-1]]
        taken.add(_place(best))
        found.append(Choice(row=best, reason=Message(key="pair", params=_heard(best))))
    return found


class _Space:
    """Findings as points: the words of their quotes, and figures."""

    def __init__(self, rows: Sequence[FindingRow]) -> None:
        self.rows = rows
        self.quality = np.array([quality(row) for row in rows])
        self.words = _words([normalize(" ".join(row.quotes)) for row in rows])
        figures = np.array(
            [
                [
                    r.confidence,
                    r.hearing_pct / 100,
                    min(r.length_ms, 60_000) / 60_000,
                    r.points_possible - r.points,
                ]
                for r in rows
            ]
        )
        figures = (figures - figures.mean(0)) / np.maximum(figures.std(0), 1e-9)
        self.points: Matrix = np.hstack([_reduced(self.words), _MEASURES * figures / 2])

    def clear(self) -> list[int]:
        """Those good enough to be heard, in order; all, where none is."""
        least = CLEAR * self.quality.max()
        return [i for i in range(len(self.rows)) if self.quality[i] >= least]

    def alike(self, one: int, other: int) -> bool:
        """Whether both say nearly the same words."""
        return bool(self.words[one].multiply(self.words[other]).sum() >= SAME_WORDS)


def _words(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(texts):
        return csr_matrix((len(texts), 1))
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 2), max_features=5000).fit_transform(texts)


def _reduced(words: Any) -> Matrix:
    from sklearn.decomposition import TruncatedSVD

    if min(words.shape) <= _DIMENSIONS:
        return np.asarray(words.todense(), dtype=np.float64)
    reduced: Matrix = TruncatedSVD(_DIMENSIONS, n_iter=3, random_state=0).fit_transform(words)
    return reduced


def _typical(space: _Space, top: int) -> list[tuple[int, Message]]:
    """Medoids of the clusters, the largest cluster first; then each cluster's next ones."""
    from sklearn.cluster import MiniBatchKMeans

    distinct = len(np.unique(space.points.round(6), axis=0))
    groups = max(1, min(top, distinct, len(space.rows)))
    means = MiniBatchKMeans(groups, random_state=0, n_init=3, batch_size=2048).fit(space.points)
    apart = np.linalg.norm(space.points - means.cluster_centers_[means.labels_], axis=1)
    clear = set(space.clear())
    lanes = []
    for label, size in sorted(Counter(means.labels_.tolist()).items(), key=lambda i: (-i[1], i[0])):
        members = [i for i in np.flatnonzero(means.labels_ == label).tolist() if i in clear]
        members.sort(key=lambda i: (round(float(apart[i]), 6), -space.quality[i], i))
        share = {"share": round(100 * size / len(space.rows)), "total": len(space.rows)}
        lanes.append(
            [(i, Message(key="typical", params={**share, **_heard(space.rows[i])})) for i in members]
        )
    return [lane[n] for n in range(max(map(len, lanes))) for lane in lanes if n < len(lane)]


def _varied(space: _Space, top: int) -> list[tuple[int, Message]]:
    """First the most central one, then always the one farthest from all before."""
    clear = space.clear()
    points = space.points[clear]
    first = int(np.linalg.norm(points - points.mean(0), axis=1).argmin())
    order = [first]
    nearest = np.linalg.norm(points - points[first], axis=1)
    while len(order) < min(len(clear), 5 * top):
        nearest[order] = -1
        order.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(points - points[order[-1]], axis=1))
    return [
        (clear[i], Message(key="varied" if n else "central", params=_heard(space.rows[clear[i]])))
        for n, i in enumerate(order)
    ]


def _best(space: _Space, top: int) -> list[tuple[int, Message]]:
    return _ranked(space, "best", lambda r: (0.0, 0.0))


def _worst(space: _Space, top: int) -> list[tuple[int, Message]]:
    return _ranked(space, "worst", lambda r: (-_SEVERITY.get(r.severity, 0), r.points - r.points_possible))


def _ranked(space: _Space, key: str, weight: Any) -> list[tuple[int, Message]]:
    order = sorted(
        space.clear(), key=lambda i: (*weight(space.rows[i]), -round(float(space.quality[i]), 6), i)
    )
    return [
        (
            i,
            Message(
                key=key,
                params={
                    "lost": space.rows[i].points_possible - space.rows[i].points,
                    **_heard(space.rows[i]),
                },
            ),
        )
        for i in order
    ]


def _spread(space: _Space, ranked: Sequence[tuple[int, Message]], top: int, per_agent: int) -> list[Choice]:
    """In order, without near-duplicates, repeated calls and too many of one agent. What is too much alike still fills
    places that would stay empty; the limit for one agent holds always."""
    taken: list[int] = []
    reasons: dict[int, Message] = {}
    agents: Counter[str] = Counter()
    for strict in (True, False):
        for i, reason in ranked:
            row = space.rows[i]
            if len(taken) >= top:
                break
            if i in reasons or (row.agent_id and agents[row.agent_id] >= per_agent):
                continue
            if any(_place(row) == _place(space.rows[t]) for t in taken):
                continue
            if strict and any(row.call_id == space.rows[t].call_id or space.alike(i, t) for t in taken):
                continue
            taken.append(i)
            reasons[i] = reason
            agents[row.agent_id] += 1
    return [Choice(row=space.rows[i], reason=reasons[i]) for i in taken]


def _place(row: FindingRow) -> tuple[str, str]:
    return row.call_id, row.criterion_id


def _heard(row: FindingRow) -> dict[str, int]:
    return {"confidence": round(100 * row.confidence), "hearing": round(row.hearing_pct)}


def mentioning(rows: Iterable[FindingRow], words: str) -> list[FindingRow]:
    """Those in whose quotes the words sound, also misrecognised."""
    pattern = phrase(words)
    return [row for row in rows if any(pattern.find(_line(quote)) for quote in row.quotes)]


def _line(quote: str) -> AlignedText:
    said = tuple(
        Word(text=c, span=Span(start_ms=i, end_ms=i + 1), confidence=1.0) for i, c in enumerate(quote)
    )
    whole = Span(start_ms=0, end_ms=len(quote))
    quality_ = AsrQuality(avg_logprob=0.0, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0)
    return AlignedText.of(
        [Utterance(utterance_id="", channel=0, speaker=None, span=whole, words=said, asr_quality=quality_)]
    )
