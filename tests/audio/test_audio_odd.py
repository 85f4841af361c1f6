"""Every malformed and odd recording of the corpus through the real decoding child: no crash, a code for each, none short.

``make bench-odd`` scores the same recordings with the whole product.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from odd_audio import settings

from benchmarks.odd_corpus import complaint, corpus
from benchmarks.odd_material import Odd
from qa_pipeline.audio.child import DecodingChild
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.errors import RecordingError
from qa_pipeline.i18n import error_text

CORPUS = corpus()


@pytest.fixture(scope="module")
def child() -> Iterator[DecodingChild]:
    made = DecodingChild(memory_mb=1024, timeout_s=60)
    yield made
    made.close()


def test_the_corpus_is_large_and_every_recording_has_its_own_name() -> None:
    assert len(CORPUS) >= 200
    assert len({odd.name for odd in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("odd", CORPUS, ids=lambda odd: odd.name.encode("ascii", "replace").decode())
def test_it_is_read_whole_or_refused_with_a_code(odd: Odd, child: DecodingChild, tmp_path: Path) -> None:
    made, target = tmp_path / "in", tmp_path / "out"
    made.mkdir()
    target.mkdir()
    path = odd.make(made)
    try:
        PyAvReader(settings(tmp_path)).recording_id(path)
        read = child.run("pcm", path, target, max_duration_s=12 * 3600)
    except RecordingError as error:
        assert complaint(odd, error.code, None, None, ()) is None
        assert len(error_text(error, "zh")) > 20
        return
    declared_ms = read["declared_ms"]
    seconds = read["num_samples"] / read["sample_rate_hz"]
    declared_s = None if declared_ms is None else declared_ms / 1000
    assert complaint(odd, None, seconds, declared_s, read["notes"]) is None


WHOLE = (
    "wav mulaw 8000",
    "opus",
    "a few NaN",
    "clipped",
    "direct current up",
    "right channel silent",
    "very quiet",
)


@pytest.mark.parametrize("odd", [o for o in CORPUS if o.name in WHOLE], ids=lambda odd: odd.name)
def test_what_is_read_is_measured(odd: Odd, tmp_path: Path) -> None:
    made = tmp_path / "in"
    made.mkdir()
    with PyAvReader(settings(tmp_path)).open(odd.make(made)) as audio:
        facts = audio.facts
    spoken = [sum(s.duration_ms for s in spans) for spans in facts.activity]
    if odd.name == "right channel silent":
        assert "silent_channel_1" in facts.notes
        assert spoken[1] == 0
    elif odd.name == "very quiet":
        assert {"silent_channel_0", "silent_channel_1"} <= set(facts.notes)
    else:
        assert all(2000 < ms < 4000 for ms in spoken)
        assert all(any(track) for track in facts.pitch_hz)
