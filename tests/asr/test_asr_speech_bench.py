"""The measuring instrument itself: errors are counted right, sounds are what they claim, inventions are seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from benchmarks import speech_inventions, speech_sounds
from benchmarks.speech import is_heard
from benchmarks.speech_errors import Result, compare
from benchmarks.speech_material import Spoken
from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word


def spoken(*said: str) -> Spoken:
    silence: Pcm = np.zeros(16_000, dtype=np.int16)
    return Spoken(
        name="call",
        groups=tuple(f"group {n}" for n in range(len(said))),
        channels=(silence,) * len(said),
        activity=((),) * len(said),
        said=said,
    )


def test_errors_are_edits_over_characters_and_writing_does_not_matter() -> None:
    result = Result()
    result.count(spoken("工号八零二六，您好！", "我要投诉"), ["工號8026您好", "我要头诉你"])
    assert result.errors == {"group 0": 0, "group 1": 2}
    assert result.chars == {"group 0": 8, "group 1": 4}
    assert result.rate("group 1") == 0.5
    assert result.rate() == pytest.approx(2 / 12)


def test_all_hear_the_same_recordings_after_one_warming_up() -> None:
    asked: list[str] = []

    def good(call: Spoken) -> list[str]:
        asked.append("good")
        return list(call.said)

    def deaf(call: Spoken) -> list[str]:
        asked.append("deaf")
        return [""]

    first, second = compare([spoken("您好"), spoken("再见")], [good, deaf])
    assert (first.rate(), second.rate()) == (0, 1)
    assert asked == ["good", "deaf"] * 3
    assert first.audio_s == second.audio_s == 2


@pytest.mark.parametrize("kind", list(speech_sounds.KINDS))
def test_every_sound_has_its_length_and_only_silence_is_silent(kind: str) -> None:
    samples = speech_sounds.one(kind, 4, 0)
    assert samples.dtype == np.int16 and len(samples) == 64_000
    assert (np.abs(samples.astype(int)).max() > 50) == (kind != "silence")


def test_the_hour_holds_all_kinds_in_stretches_of_a_minute() -> None:
    made = list(speech_sounds.hour(len(speech_sounds.KINDS) * 0.02))
    assert [kind for kind, _ in made] == list(speech_sounds.KINDS)
    assert sum(len(samples) for _, samples in made) == pytest.approx(20 * 0.02 * 60 * 16_000)


class Inventor:
    """Writes a line over everything it is told is speech."""

    def transcribe(
        self, recording_id: str, channels: Sequence[Pcm], activity: Sequence[Sequence[Span]]
    ) -> Transcript:
        return Transcript(
            recording_id=recording_id,
            language="zh",
            utterances=tuple(self._utterance(span) for span in activity[0]),
            provenance={},
        )

    def _utterance(self, span: Span) -> Utterance:
        return Utterance(
            utterance_id="c0-0001",
            channel=0,
            speaker=None,
            span=span,
            words=(Word(text="谢谢观看", span=span, confidence=0.9),),
            asr_quality=AsrQuality(
                avg_logprob=-0.1, no_speech_prob=0.1, compression_ratio=1.0, temperature=0.0, flags=()
            ),
        )


def test_what_is_invented_is_counted_where_it_is_invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        speech_sounds, "KINDS", {k: speech_sounds.KINDS[k] for k in ("silence", "music: flute")}
    )
    voices = [np.random.default_rng(0).standard_normal(16_000)]
    inventor: Any = Inventor()
    found = speech_inventions.measure(inventor, voices, ["您好"], minutes=0.2)
    assert found.heard == {"silence": 0, "music: flute": 0}
    assert found.without_activity == {"silence": 4, "music: flute": 4}
    assert found.flagged_without_activity == 0
    assert found.over_music_spoken == 8


@pytest.mark.parametrize(
    ("name", "extents"),
    [
        ("telephone, order 0", {"quick", "sampled", "full"}),
        ("SNR 6 dB, order 0", {"sampled", "full"}),
        ("telephone, order 1", {"full"}),
        ("c06_promise_noisy", {"quick", "sampled", "full"}),
        ("e05_tracking_refused", {"sampled", "full"}),
        ("e02_price_new_customer", {"full"}),
        ("e02_price_new_customer, mixed", {"sampled", "full"}),
        ("e05_tracking_refused, mixed", {"full"}),
    ],
)
def test_a_part_of_the_recordings_is_heard(name: str, extents: set[str]) -> None:
    assert {extent for extent in ("quick", "sampled", "full") if is_heard(name, extent)} == extents
