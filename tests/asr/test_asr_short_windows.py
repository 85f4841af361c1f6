"""The encoder hears whole steps that follow from the window alone."""

import numpy as np

from qa_pipeline.asr.model import content_frames, frames_needed
from qa_pipeline.asr.windows import Window, plan
from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.time import Span


def test_frames_are_whole_steps_with_room_after_the_end() -> None:
    assert [frames_needed(n, 3_000) for n in (0, 1, 150, 151, 400, 401, 2_899, 2_901, 3_000)] == [
        250, 250, 250, 500, 500, 750, 3_000, 3_000, 3_000,
    ]  # fmt: skip


def test_a_silent_frame_inside_does_not_end_the_window() -> None:
    features = np.zeros((80, 3_000), dtype=np.float32)
    features[:, :700] = -0.5
    features[:, 100:300] = 0.0
    assert content_frames(features) == 700


def test_voiced_stretches_are_cut_to_the_window() -> None:
    window = Window(pieces=(Span(start_ms=1_000, end_ms=4_000), Span(start_ms=9_000, end_ms=12_000)))
    activity = [
        Span(start_ms=a, end_ms=b)
        for a, b in ((0, 500), (800, 2_000), (3_000, 9_500), (11_000, 11_500), (12_000, 13_000))
    ]
    assert [(s.start_ms, s.end_ms) for s in window.voiced(activity)] == [
        (1_000, 2_000), (3_000, 4_000), (9_000, 9_500), (11_000, 11_500),
    ]  # fmt: skip
    assert window.voiced([]) == ()


def test_no_voiced_stretch_is_lost_between_windows() -> None:
    channel: Pcm = np.zeros(90 * 16_000, dtype=np.int16)
    activity = [Span(start_ms=n * 6_000 + 1_000, end_ms=n * 6_000 + 5_000) for n in range(14)]
    inside = [span for window in plan(channel, activity) for span in window.voiced(activity)]
    assert inside == activity
