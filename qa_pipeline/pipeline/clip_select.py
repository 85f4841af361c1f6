"""Chooses the findings a trainer would: typical, varied, best or worst ones, heard clearly, of different agents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.finding import Message
from qa_pipeline.storage.clip_base import Candidate, FindingRow
from qa_pipeline.text.normalize import normalize

PER_AGENT = 2
"""Most clips of one agent, unless one agent's are asked for."""
SAME_WORDS = 0.85
"""Cosine of two quotes' character pairs from which they count as the same example."""
GOOD_LENGTH_MS = 30_000
"""Longer places make a tiring clip; their weight falls with their length."""
CLEAR = 0.5
"""Share of the best quality below which a finding is passed over while better ones remain."""
NEAREST = 50
"""Contrasts among which a preferred one is looked for."""
FEW = 5
"""Of fewer examples no share is told."""
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
    """A chosen place and why (``clips.why_<key>``)."""

    row: Candidate
    reason: Message


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in the order of merit; ``lane``: the kind of example it stands for."""

    row: Candidate
    reason: Message
    lane: int = 0


class Picker:
    """Takes places in their order of merit, without near-duplicates, repeated calls and too many of one agent; what
    turns out to be unusable is replaced by the next one of its kind, else by the next of all.

    What is too much alike still fills places that would stay empty; the limit for one agent holds always.
    """

    def __init__(
        self, ranked: Sequence[Ranked], alike: Callable[[Candidate, Candidate], bool], per_agent: int
    ) -> None:
        self._ranked = ranked
        self._alike = alike
        self._per_agent = per_agent

    def take(
        self,
        top: int,
        usable: Callable[[Candidate], bool] = lambda row: True,
        preferred: Callable[[Candidate], bool] = lambda row: True,
    ) -> list[Choice]:
        """At most ``top`` places for which ``usable`` holds; it is asked of chosen ones only, once a call. Those that are
        not ``preferred`` only fill places that would stay empty."""
        taken: list[Ranked] = []
        known: dict[str, bool] = {}

        def fails(one: Ranked, choosy: bool) -> bool:
            if choosy and not preferred(one.row):
                return True
            if one.row.call_id not in known:
                known[one.row.call_id] = usable(one.row)
            return not known[one.row.call_id]

        for choosy, strict in ((True, True), (False, True), (False, False)):
            for at, one in enumerate(self._ranked):
                if len(taken) >= top:
                    break
                found: Ranked | None = one if self._fits(one, taken, strict) else None
                if found is not None and fails(found, choosy):
                    same = (o for o in self._ranked[at + 1 :] if o.lane == one.lane)
                    found = next(
                        (o for o in same if self._fits(o, taken, strict) and not fails(o, choosy)), None
                    )
                if found is not None:
                    taken.append(found)
        return [Choice(row=one.row, reason=one.reason) for one in taken]

    def _fits(self, one: Ranked, taken: Sequence[Ranked], strict: bool) -> bool:
        row = one.row
        if any(row.key == t.row.key for t in taken):
            return False
        if row.agent_id and sum(t.row.agent_id == row.agent_id for t in taken) >= self._per_agent:
            return False
        return not strict or not any(row.call_id == t.row.call_id or self._alike(row, t.row) for t in taken)


def quality(row: Candidate) -> float:
    """How well it serves as an example, 0 to 1.2: sureness × hearing × length; a person's confirmation adds a fifth."""
    length: float = min(1.0, GOOD_LENGTH_MS / max(1, row.length_ms)) ** 0.25
    confirmed = isinstance(row, FindingRow) and row.confirmed
    return row.confidence * row.hearing_pct / 100 * length * (1.2 if confirmed else 1.0)


def picker(rows: Sequence[Candidate], mode: Mode, top: int, *, per_agent: int = PER_AGENT) -> Picker:
    """Ranks the places for ``top`` examples; the same rows give the same order."""
    if not rows:
        return Picker((), lambda one, other: False, per_agent)
    space = _Space(rows)
    rank = {Mode.TYPICAL: _typical, Mode.VARIED: _varied, Mode.BEST: _best, Mode.WORST: _worst}[mode]
    at = {id(row): i for i, row in enumerate(rows)}
    return Picker(rank(space, top), lambda one, other: space.alike(at[id(one)], at[id(other)]), per_agent)


def partners(
    chosen: Sequence[Choice],
    others: Sequence[FindingRow],
    usable: Callable[[Candidate], bool] = lambda row: True,
    preferred: Callable[[Candidate], bool] = lambda row: True,
) -> list[Choice | None]:
    """For each chosen finding the other one whose call is most like it: same criterion, if possible same queue; of the
    nearest ones first those that are ``preferred``."""
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
            if rows[i].key[1] == choice.row.key[1] and rows[i].key not in taken
        ]
        if not fitting:
            found.append(None)
            continue
        apart = np.linalg.norm(space.points[fitting] - space.points[n], axis=1)
        used = {call_id for call_id, _ in taken}
        cost = sorted(
            (rows[i].call_id in used, rows[i].queue != choice.row.queue, float(d) - quality(rows[i]), i)
            for i, d in zip(fitting, apart, strict=True)
        )
        order = [rows[i] for *_, i in cost]
        order = list(dict.fromkeys([*filter(preferred, order[:NEAREST]), *order]))
        best = next((row for row in order if usable(row)), None)
        if best is None:
            found.append(None)
            continue
        taken.add(best.key)
        found.append(Choice(row=best, reason=Message(key="pair", params=heard(best))))
    return found


class _Space:
    """Findings as points: the words of their quotes, and figures."""

    def __init__(self, rows: Sequence[Candidate]) -> None:
        self.rows = rows
        self.quality = np.array([quality(row) for row in rows])
        self.words = _words([normalize(" ".join(row.quotes)) for row in rows])
        figures = np.array(
            [
                [
                    r.confidence,
                    r.hearing_pct / 100,
                    min(r.length_ms, 60_000) / 60_000,
                    r.points_possible - r.points if isinstance(r, FindingRow) else 0.0,
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


def _typical(space: _Space, top: int) -> list[Ranked]:
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
        told = {"share": round(100 * size / len(space.rows)), "total": len(space.rows)}
        # Of two or three a share would say nothing.
        key = "typical" if len(space.rows) >= FEW else "typical_few"
        lanes.append(
            [
                Ranked(space.rows[i], Message(key=key, params={**told, **heard(space.rows[i])}), label)
                for i in members
            ]
        )
    return [lane[n] for n in range(max(map(len, lanes))) for lane in lanes if n < len(lane)]


def _varied(space: _Space, top: int) -> list[Ranked]:
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
        Ranked(
            space.rows[clear[i]],
            Message(key="varied" if n else "central", params=heard(space.rows[clear[i]])),
        )
        for n, i in enumerate(order)
    ]


def _best(space: _Space, top: int) -> list[Ranked]:
    return _by_merit(space, "best", lambda row: (0.0, 0.0))


def _worst(space: _Space, top: int) -> list[Ranked]:
    return _by_merit(space, "worst", lambda row: (-_SEVERITY.get(row.severity, 0), -lost(row)))


def _by_merit(space: _Space, key: str, weight: Callable[[FindingRow], tuple[float, float]]) -> list[Ranked]:
    rows = {i: row for i in space.clear() if isinstance(row := space.rows[i], FindingRow)}
    order = sorted(rows, key=lambda i: (*weight(rows[i]), -round(float(space.quality[i]), 6), i))
    return [
        Ranked(rows[i], Message(key=key, params={"lost": lost(rows[i]), **heard(rows[i])})) for i in order
    ]


def lost(row: FindingRow) -> float:
    """Points lost by it."""
    return row.points_possible - row.points


def heard(row: Candidate) -> dict[str, int]:
    """How sure and how clear it is, for the reason."""
    return {"confidence": round(100 * row.confidence), "hearing": round(row.hearing_pct)}
