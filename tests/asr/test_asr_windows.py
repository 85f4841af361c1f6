"""What the recogniser hears at once: all speech, pauses as they are, never more than fits."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.asr.windows import KEEP_MS, KEEP_QUIET_MS, LIMIT_MS, Window, longest_pause, plan
from qa_pipeline.domain.time import Span, merge, subtract


def spans(*pairs: tuple[int, int]) -> tuple[Span, ...]:
    return tuple(Span(start_ms=a, end_ms=b) for a, b in pairs)


def channel(ms: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return (np.arange(ms * 16) % 1000).astype(np.int16)


def test_short_pauses_stay_and_long_ones_shrink() -> None:
    (window,) = plan(channel(20_000), spans((1_000, 2_000), (3_100, 4_500), (14_000, 15_000)))
    assert window.pieces == spans((400, 5_100), (13_400, 15_600))
    assert window.samples(channel(20_000)).shape == (window.duration_ms * 16,)


def test_windows_end_in_the_middle_of_a_pause() -> None:
    first, second = plan(channel(60_000), spans((0, 20_000), (21_000, 41_000)))
    assert first.pieces == spans((0, 20_500))
    assert second.pieces == spans((20_500, 41_600))


def test_nothing_voiced_is_nothing_heard() -> None:
    assert plan(channel(5_000), ()) == ()


def test_speech_without_any_pause_is_cut_where_it_is_quietest() -> None:
    sound = np.full(60_000 * 16, 5_000, dtype=np.int16)
    sound[20_000 * 16 : 20_100 * 16] = 0
    pieces = [p for window in plan(sound, spans((0, 60_000))) for p in window.pieces]
    assert 20_000 <= pieces[0].end_ms <= 20_100
    assert pieces[0].start_ms == 0 and pieces[-1].end_ms == 60_000
    assert all(a.end_ms == b.start_ms for a, b in pairwise(pieces))


@given(
    st.lists(st.tuples(st.integers(0, 8_000), st.integers(1, 45_000)), min_size=1, max_size=12),
    st.integers(0, 5_000),
)
def test_all_speech_is_heard_once_in_windows_that_fit(steps: list[tuple[int, int]], tail: int) -> None:
    at, found = 0, []
    for pause, length in steps:
        found.append(Span(start_ms=at + pause + 1, end_ms=at + pause + 1 + length))
        at = found[-1].end_ms
    planned = plan(channel(at + tail), merge(found))
    pieces = [piece for window in planned for piece in window.pieces]
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(pieces))
    assert all(subtract(span, pieces) == () for span in found)
    assert all(window.duration_ms <= LIMIT_MS + KEEP_MS for window in planned)


@pytest.mark.parametrize(
    ("noise_db", "kept"), [(-60, KEEP_QUIET_MS), (-30, KEEP_QUIET_MS), (-18, KEEP_MS), (0, KEEP_MS)]
)
def test_longer_pauses_stay_on_a_quiet_line_than_on_a_noisy_one(noise_db: float, kept: int) -> None:
    rng = np.random.default_rng(1)
    activity = spans((1_000, 4_000), (6_000, 9_000), (11_000, 30_000))
    level = np.full(32_000 * 16, 3_000 * 10 ** (noise_db / 20))
    for span in activity:
        level[span.start_ms * 16 : span.end_ms * 16] = 3_000
    sound = (rng.standard_normal(len(level)) * level).clip(-32_768, 32_767).astype(np.int16)
    assert longest_pause(sound, activity) == kept
    # One loud pause (a door, a cough) among quiet ones, and digital silence, change nothing.
    sound[4_500 * 16 : 5_500 * 16] = 20_000 if kept == KEEP_QUIET_MS else 0
    assert longest_pause(sound, (*activity, *spans((31_000, 31_500)))) == kept


def test_where_there_is_no_pause_to_measure_the_line_counts_as_noisy() -> None:
    assert longest_pause(channel(5_000), ()) == KEEP_MS
    assert longest_pause(channel(5_000), spans((0, 5_000))) == KEEP_MS
    assert longest_pause(channel(5_000), spans((0, 2_000), (2_300, 9_000))) == KEEP_MS


def test_times_lead_back_to_the_recording() -> None:
    window = Window(pieces=spans((1_000, 2_000), (10_000, 12_000)))
    assert window.in_recording(200, 400) == Span(start_ms=1_200, end_ms=1_400)
    assert window.in_recording(1_100, 1_300) == Span(start_ms=10_100, end_ms=10_300)
    # Across the seam: wholly in the piece that holds the middle.
    assert window.in_recording(900, 1_300) == Span(start_ms=10_000, end_ms=10_300)
    assert window.in_recording(2_900, 3_400) == Span(start_ms=11_900, end_ms=12_000)
    with pytest.raises(ValueError, match="pieces"):
        Window(pieces=()).in_recording(0, 1)
