"""From voice prints to who speaks when: prints are drawn around made-up voices, no network involved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from builders import span

from qa_pipeline.diarization import voices
from qa_pipeline.domain.diarization import VoiceSpan
from qa_pipeline.domain.time import Span, merge, total_ms

Told = Sequence[tuple[int, float, float]]


def told_apart(
    truth: Told, activity: Sequence[Span], *, seed: int = 1, noise: float = 0.045, like: float = 0.0
) -> tuple[VoiceSpan, ...]:
    """The result for prints that mix the voices heard in each window, with noise."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(4, 192))
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    base[1] = like * base[0] + np.sqrt(1 - like**2) * base[1]
    windows = voices.plan(activity)
    prints = []
    for window in windows.spans:
        mixed = rng.normal(size=192) * noise
        for voice, start, end in truth:
            shared = window.intersection(span(start, end))
            if shared is not None:
                mixed = mixed + base[voice] * shared.duration_ms / window.duration_ms
        prints.append(mixed)
    return voices.assign(windows, voices.unit(np.array(prints, dtype=np.float32).reshape(-1, 192)), activity)


def right_share(found: Sequence[VoiceSpan], truth: Told) -> float:
    """Share of the true speech time that has the right voice, voices matched by order of appearance."""
    names = {v: f"s{n}" for n, v in enumerate(dict.fromkeys(v for v, _, _ in truth), start=1)}
    right = sum(
        both.duration_ms
        for voice, start, end in truth
        for v in found
        if v.speaker == names[voice] and (both := v.span.intersection(span(start, end))) is not None
    )
    return right / sum(round((end - start) * 1000) for _, start, end in truth)


DIALOGUE: Told = [(n % 2, 5.0 * n, 5.0 * n + 4.5) for n in range(10)]


def test_two_voices_in_turns_are_told_apart() -> None:
    activity = [span(a, b) for _, a, b in DIALOGUE]
    found = told_apart(DIALOGUE, activity)
    assert right_share(found, DIALOGUE) == 1.0
    assert [v.speaker for v in found[:3]] == ["s1", "s2", "s1"]
    assert min(v.confidence for v in found) > 0.9


def test_a_change_of_voice_without_a_pause_is_found_within_a_fifth_of_a_second() -> None:
    truth: Told = [(n % 2, 4.0 * n, 4.0 * n + 4.0) for n in range(10)]
    found = told_apart(truth, [span(0, 40)])
    changes = [v.span.start_ms for v in found[1:]]
    assert len(changes) == 9
    assert max(abs(c - 4000 * n) for n, c in enumerate(changes, start=1)) <= 200


def test_the_spans_cover_the_speech_exactly() -> None:
    activity = [span(0.13, 4.07), span(4.5, 4.63), span(7, 12.345)]
    found = told_apart([(0, 0, 4.2), (1, 4.3, 13)], activity)
    assert merge(v.span for v in found) == tuple(activity)
    assert sum(v.span.duration_ms for v in found) == total_ms(activity)


def test_one_voice_stays_one() -> None:
    truth: Told = [(0, 5.0 * n, 5.0 * n + 4.5) for n in range(8)]
    found = told_apart(truth, [span(a, b) for _, a, b in truth])
    assert {v.speaker for v in found} == {"s1"}


def test_two_people_of_like_voice_are_two() -> None:
    found = told_apart(DIALOGUE, [span(a, b) for _, a, b in DIALOGUE], like=0.87, noise=0.025)
    assert right_share(found, DIALOGUE) == 1.0


def test_three_voices_are_kept_apart() -> None:
    truth: Told = [((0, 1, 0, 1, 2, 1, 2, 1)[n], 6.0 * n, 6.0 * n + 5) for n in range(8)]
    found = told_apart(truth, [span(a, b) for _, a, b in truth])
    assert {v.speaker for v in found} == {"s1", "s2", "s3"}
    assert right_share(found, truth) == 1.0


def test_a_cough_is_no_third_voice() -> None:
    truth: Told = [*DIALOGUE, (2, 50.0, 50.8)]
    found = told_apart(truth, [span(a, b) for _, a, b in truth])
    assert {v.speaker for v in found} == {"s1", "s2"}


def test_silence_has_no_voices() -> None:
    assert told_apart([], []) == ()


def test_a_long_call_is_clustered_from_a_sample_of_it() -> None:
    truth: Told = [(n % 2, 5.0 * n, 5.0 * n + 4.5) for n in range(400)]
    found = told_apart(truth, [span(a, b) for _, a, b in truth])
    assert right_share(found, truth) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_the_same_prints_give_the_same_answer(seed: int) -> None:
    activity = [span(a, b) for _, a, b in DIALOGUE]
    assert told_apart(DIALOGUE, activity, seed=seed) == told_apart(DIALOGUE, activity, seed=seed)
