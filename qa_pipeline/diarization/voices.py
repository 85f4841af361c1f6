"""From the voice prints of short windows to who speaks when. Pure: numpy in, labels out; nothing here is stored.

Three steps. How many voices there are, and roughly what each sounds like: the windows are clustered by cosine (average
linkage), then groups with nearly the same mean are joined. Who is heard at each moment: the most probable path (Viterbi)
over the windows' resemblance to each voice, where changing the speaker costs less in a pause than within speech. Then the
voices' means and the path once more, from the better labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.diarization import VoiceSpan
from qa_pipeline.domain.time import Span

Prints = npt.NDArray[np.float32]
"""One voice print a window, of Euclidean length 1: shape ``(num_windows, num_dims)``."""
Labels = npt.NDArray[np.int64]

WINDOW_MS, HOP_MS = 1_200, 400
"""Shorter windows tell voices apart badly, longer ones blur their changes."""
GRID_MS = 50
"""Resolution of the speaker labels."""
ALIKE = 0.75
"""Windows are grouped while the groups' windows resemble each other this much (mean cosine)."""
SAME_VOICE = 0.86
"""Groups whose mean prints resemble each other more than this (cosine) are one voice; see docs/design/speakers.md."""
MIN_VOICE_MS = 4_000
MIN_VOICE_SHARE = 0.04
"""A voice heard less than this is somebody else's odd moments, unless it is all there is beside one voice."""
MIN_SECOND_MS = 1_200
"""Then this much is enough: a customer may say little."""
TWO_VOICES = 0.925
"""Halves of a call whose mean prints resemble each other less than this (cosine) are two voices, like as they may be."""
_ROUNDS = 20
MAX_VOICES = 6
_MAX_CLUSTERED = 900
"""Windows that are clustered; of a longer call evenly spread ones, the others join the voice they resemble."""
_SHARPNESS = 14.0
"""From a difference of cosines to log-odds; fitted on spliced calls with known speakers."""
_CHANGE_COST, _CHANGE_COST_IN_PAUSE = 6.0, 1.0
_EVIDENCE_PER_MS = 1 / 400
"""Overlapping windows repeat each other: 400 ms of speech count as one independent look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Stretches of speech of which a voice print is taken."""

    spans: tuple[Span, ...]
    stretch: tuple[int, ...]
    """For each, the number of the activity span it lies in."""


def plan(activity: Sequence[Span]) -> Windows:
    """Windows of at most 1.2 s every 0.4 s within each stretch of speech, a short stretch as a whole."""
    spans: list[Span] = []
    stretches: list[int] = []
    for number, span in enumerate(activity):
        last = max(span.start_ms, span.end_ms - WINDOW_MS)
        starts = [*range(span.start_ms, last, HOP_MS), last]
        spans += [Span(start_ms=s, end_ms=min(span.end_ms, s + WINDOW_MS)) for s in starts]
        stretches += [number] * len(starts)
    return Windows(spans=tuple(spans), stretch=tuple(stretches))


def assign(windows: Windows, prints: Prints, activity: Sequence[Span]) -> tuple[VoiceSpan, ...]:
    """Whose voice is heard when: together the spans cover the activity, in order of time.

    Args:
        windows: of :func:`plan`.
        prints: their voice prints.
        activity: where somebody speaks.
    """
    if not windows.spans:
        return ()
    lengths = np.array([s.duration_ms for s in windows.spans], dtype=np.float64)
    labels = cluster(prints, lengths)
    voices = _means(prints, labels, lengths)
    edges = np.searchsorted(windows.stretch, np.arange(len(activity) + 1)).tolist()
    steps: list[npt.NDArray[np.float64]] = []
    paths: list[npt.NDArray[np.int64]] = []
    for _ in range(2):
        odds = (prints @ voices.T).astype(np.float64) * _SHARPNESS
        steps = [
            _on_grid(span, windows.spans[a:b], odds[a:b])
            for span, (a, b) in zip(activity, pairwise(edges), strict=True)
        ]
        paths = _path(activity, steps)
        labels = _window_labels(windows, activity, paths)
        voices = _means(prints, labels, lengths)
    return _spans(activity, steps, paths)


def cluster(prints: Prints, lengths: npt.NDArray[np.float64]) -> Labels:
    """A label per window, 0 to at most 5; all 0 where there is one voice.

    Args:
        prints: of the windows.
        lengths: of the windows, in ms; long ones are heard better and decide more.
    """
    chosen = np.unique(np.linspace(0, len(prints) - 1, min(len(prints), _MAX_CLUSTERED)).round().astype(int))
    whole = chosen[lengths[chosen] >= WINDOW_MS * 0.75]
    chosen = whole if len(whole) >= 2 else chosen
    groups = sorted(_merged(prints[chosen], _linked(prints[chosen])), key=lambda g: (-len(g), int(g[0])))
    least = max(MIN_VOICE_MS / HOP_MS, MIN_VOICE_SHARE * len(chosen))
    kept = [g for g in groups if len(g) >= least][:MAX_VOICES]
    if len(kept) < 2:
        kept = _halves(prints[chosen])
    voices = unit(np.stack([prints[chosen[g]].mean(axis=0) for g in kept]))
    return np.asarray(np.argmax(prints @ voices.T, axis=1), dtype=np.int64)


def _linked(prints: Prints) -> list[Labels]:
    """Small pure groups of windows: the two most alike are joined until none are much alike."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(prints) < 2:
        return [np.arange(len(prints))]
    tree = linkage(prints, method="average", metric="cosine")
    found = fcluster(tree, t=1 - ALIKE, criterion="distance")
    return [np.flatnonzero(found == label) for label in np.unique(found)]


def _merged(prints: Prints, groups: list[Labels]) -> list[Labels]:
    """Groups joined as long as two have nearly the same mean print, the most alike first."""
    groups = list(groups)
    while len(groups) > 1:
        means = unit(np.stack([prints[g].mean(axis=0) for g in groups]))
        alike = np.triu(means @ means.T, 1) - np.tril(np.full((len(groups), len(groups)), 2.0))
        first, second = divmod(int(np.argmax(alike)), len(groups))
        if alike[first, second] < SAME_VOICE:
            break
        groups[first] = np.concatenate([groups[first], groups.pop(second)])
    return groups


def _halves(prints: Prints) -> list[Labels]:
    """The two most different halves (2-means by cosine), where they are two voices; else all as one.

    Two people of like voice seem one group to a limit that keeps a single person whole.
    """
    whole = [np.arange(len(prints))]
    first = int(np.argmin(prints @ prints.mean(axis=0)))
    means = prints[[first, int(np.argmin(prints @ prints[first]))]]
    groups = whole
    for _ in range(_ROUNDS):
        labels = np.argmax(prints @ means.T, axis=1)
        groups = [np.flatnonzero(labels == half) for half in (0, 1)]
        if min(len(g) for g in groups) < MIN_SECOND_MS / HOP_MS:
            return whole
        means = unit(np.stack([prints[g].mean(axis=0) for g in groups]))
    return groups if float(means[0] @ means[1]) < TWO_VOICES else whole


def _means(prints: Prints, labels: Labels, lengths: npt.NDArray[np.float64]) -> Prints:
    return unit(
        np.stack(
            [np.average(prints[labels == v], axis=0, weights=lengths[labels == v]) for v in np.unique(labels)]
        )
    )


def unit(rows: Prints) -> Prints:
    """The rows at Euclidean length 1 (all 0 stays so)."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _on_grid(span: Span, windows: Sequence[Span], odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Per step of a stretch, how well each voice fits: between the middles of its windows, in proportion."""
    middles = np.array([(w.start_ms + w.end_ms) / 2 for w in windows])
    times = np.minimum(np.arange(span.start_ms, span.end_ms, GRID_MS) + GRID_MS / 2, span.end_ms)
    return np.stack([np.interp(times, middles, voice) for voice in odds.T], axis=1)


def _path(activity: Sequence[Span], steps: Sequence[npt.NDArray[np.float64]]) -> list[npt.NDArray[np.int64]]:
    """The most probable speaker per step, over the whole call."""
    num = steps[0].shape[1]
    evidence = np.concatenate(steps) * (GRID_MS * _EVIDENCE_PER_MS)
    costs = np.full(len(evidence), _CHANGE_COST)
    costs[np.cumsum([0, *(len(s) for s in steps[:-1])])] = _CHANGE_COST_IN_PAUSE
    best = evidence[0]
    back = np.zeros((len(evidence), num), dtype=np.int64)
    for t in range(1, len(evidence)):
        top = int(np.argmax(best))
        change = best[top] - costs[t]
        back[t] = np.where(best >= change, np.arange(num), top)
        best = np.maximum(best, change) + evidence[t]
    path = np.zeros(len(evidence), dtype=np.int64)
    path[-1] = int(np.argmax(best))
    for t in range(len(evidence) - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return np.split(path, np.cumsum([len(s) for s in steps[:-1]]))


def _window_labels(
    windows: Windows, activity: Sequence[Span], paths: Sequence[npt.NDArray[np.int64]]
) -> Labels:
    found = []
    for span, number in zip(windows.spans, windows.stretch, strict=True):
        path, start = paths[number], activity[number].start_ms
        middle = ((span.start_ms + span.end_ms) // 2 - start) // GRID_MS
        found.append(path[min(middle, len(path) - 1)])
    labels = np.array(found, dtype=np.int64)
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.int64)


def _spans(
    activity: Sequence[Span],
    steps: Sequence[npt.NDArray[np.float64]],
    paths: Sequence[npt.NDArray[np.int64]],
) -> tuple[VoiceSpan, ...]:
    names: dict[int, str] = {}
    found: list[VoiceSpan] = []
    for span, fits, path in zip(activity, steps, paths, strict=True):
        edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
        for first, last in pairwise(edges):
            voice = int(path[first])
            end = span.end_ms if last == len(path) else span.start_ms + last * GRID_MS
            piece = Span(start_ms=span.start_ms + first * GRID_MS, end_ms=end)
            name = names.setdefault(voice, f"s{len(names) + 1}")
            sure = _confidence(fits[first:last], voice, piece.duration_ms)
            found.append(VoiceSpan(speaker=name, span=piece, confidence=sure))
    return tuple(found)


def _confidence(fits: npt.NDArray[np.float64], voice: int, duration_ms: int) -> float:
    """Probability that a stretch is this voice rather than the next likely one."""
    if fits.shape[1] == 1:
        return 1.0
    mean = fits.mean(axis=0)
    margin = mean[voice] - np.max(np.delete(mean, voice))
    looks = min(4.0, max(0.5, duration_ms * _EVIDENCE_PER_MS))
    return round(float(1 / (1 + np.exp(-margin * looks))), 2)
