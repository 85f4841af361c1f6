"""``python -m benchmarks.lexicon``: what happens when a centre's names bias the decoding (which the product doesn't do).

The agents' channels of the two-channel sample calls, where the names are said, and human sentences in which nobody says
them (``QA_SHARED_DATA``), clean and in noise, are heard without and with hot words: the company's name, and the name with
products and places. Counted are character errors, names heard rightly, and names that appear where nobody said them: a
bias that invents a greeting would be worse than none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from faster_whisper import WhisperModel
from rapidfuzz.distance import Levenshtein

from benchmarks.speech_material import Spoken, human, samples, voices_folder
from qa_pipeline.asr.fetch import ensure
from qa_pipeline.audio.base import Pcm
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.settings import Settings
from qa_pipeline.text.normalize import normalize

NAME = "云帆"
LEXICONS = {
    "none": None,
    "company": "云帆物流",
    "company, products, places": "云帆物流 运单号 特快 标准服务 中转站 分拨中心 派送员 理赔专员 体积重量 优惠券",
}


def main() -> None:
    """Print a line for every material and lexicon."""
    settings = Settings()
    model = WhisperModel(str(ensure(settings)), device="cpu", compute_type="int8", cpu_threads=2)
    material = {
        "agents": [(c.channels[0], c.said[0]) for c in samples(PyAvReader(settings)) if len(c.channels) == 2]
    }
    folder = voices_folder()
    if folder is not None:
        material["others"] = list(_others(human(folder, seeds=1)))
    print("material, hot words: character errors; names said, heard rightly, invented; processor seconds")
    for what, channels in material.items():
        for name, words in LEXICONS.items():
            print(f"{what}, {name}: {_measure(model, channels, words)}", flush=True)


def _others(recordings: Iterator[Spoken]) -> Iterator[tuple[Pcm, str]]:
    for spoken in recordings:
        yield from zip(spoken.channels, spoken.said, strict=True)


def _measure(model: WhisperModel, channels: list[tuple[Pcm, str]], words: str | None) -> str:
    edits = length = said = right = invented = 0
    started = time.process_time()
    for pcm, truth in channels:
        segments, _ = model.transcribe(
            pcm.astype(np.float32) / 32768,
            language="zh",
            beam_size=5,
            vad_filter=True,
            condition_on_previous_text=False,
            hotwords=words,
        )
        heard, true = normalize("".join(s.text for s in segments)), normalize(truth)
        edits += Levenshtein.distance(heard, true)
        length += len(true)
        here, there = heard.count(NAME), true.count(NAME)
        said += there
        right += min(here, there)
        invented += max(0, here - there)
    seconds = time.process_time() - started
    return f"{100 * edits / length:.1f} % of {length}; {said}, {right}, {invented}; {seconds:.0f}"


if __name__ == "__main__":
    main()
