"""Real recognition errors, counted: what the error model of the phrase benchmarks rests on.

``python -m benchmarks.error_pairs --write`` runs the product's recogniser (``QA_SHARED_DATA`` names the folder that holds
``aishell3_30``; about four minutes on two cores) and writes ``error_pairs.json`` beside this file; without ``--write`` it
tells what that file holds. Speakers are split: every other AISHELL-3 speaker generates the errors of the tests, the others
and the synthetic voices of the sample calls serve for learning (thresholds, calibration).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from qa_pipeline.text.normalize import key, normalize
from qa_pipeline.text.pinyin import readings

FILE = Path(__file__).with_name("error_pairs.json")
LINES = {"telephone": (None, 1.0), "fast": (None, 1.2), "noise": (20.0, 1.0), "loud_noise": (14.0, 1.0)}
"""Line conditions: the signal-to-noise ratio, dB (None: no noise added), and how much faster than it was spoken. Under about
10 dB of such noise seven characters in ten are wrong, and what was said can't be aligned with what was heard any more."""
_SPEECH_DB = -22.0
_CONFIDENCE_STEPS = 20

Pair = tuple[str, str, float]
"""What was said, what was heard (either may be empty), and the confidence of the word heard."""


def align(said: str, heard: str) -> Iterator[tuple[int, int]]:
    """The alignment with the fewest errors, of these the one whose sounds are closest: positions, -1 for none."""
    costs = np.zeros((len(said) + 1, len(heard) + 1))
    costs[:, 0] = np.arange(len(said) + 1) * 100
    costs[0, :] = np.arange(len(heard) + 1) * 100
    for i, a in enumerate(said, 1):
        for j, b in enumerate(heard, 1):
            costs[i, j] = min(
                costs[i - 1, j - 1] + _unlike(a, b), costs[i - 1, j] + 100, costs[i, j - 1] + 100
            )
    path: list[tuple[int, int]] = []
    i, j = len(said), len(heard)
    while i or j:
        if i and j and costs[i, j] == costs[i - 1, j - 1] + _unlike(said[i - 1], heard[j - 1]):
            i, j = i - 1, j - 1
            path.append((i, j))
        elif i and costs[i, j] == costs[i - 1, j] + 100:
            i -= 1
            path.append((i, -1))
        else:
            j -= 1
            path.append((-1, j))
    yield from reversed(path)


@cache
def _unlike(a: str, b: str) -> int:
    """100 hundredths for another character, 101 to 104 as fewer of initial, final and tone are the same."""
    if a == b:
        return 0
    x, y = readings(a)[0], readings(b)[0]
    return 101 + sum(one != other for one, other in zip(x, y, strict=True))


def pairs(said: str, heard: Sequence[tuple[str, float]]) -> list[Pair]:
    """Truth against recognised words with their confidences, character by character."""
    truth = key(normalize(said))
    text = "".join(w for w, _ in heard)
    sure = [c for w, c in heard for _ in key(normalize(w))]
    recognised = key(normalize(text))
    if len(sure) != len(recognised):  # a numeral over several words: spread evenly
        sure = list(
            np.interp(np.linspace(0, 1, len(recognised)), np.linspace(0, 1, max(len(sure), 1)), sure or [0])
        )
    return [
        (truth[i] if i >= 0 else "", recognised[j] if j >= 0 else "", float(sure[j]) if j >= 0 else 0.0)
        for i, j in align(truth, recognised)
    ]


def summary(found: Sequence[Pair]) -> dict[str, Any]:
    """Counts of Han characters: substitutions, deletions, insertions; confidences of right and wrong ones as quantiles."""
    said = [p for p in found if not p[0] or _han(p[0])]
    wrong = [p for p in said if p[0] != p[1] and (not p[1] or _han(p[1]))]
    sure = {
        "right": [c for a, b, c in said if a == b],
        "wrong": [c for a, b, c in wrong if b],
    }
    after = [said[i - 1][0] != said[i - 1][1] for i in range(1, len(said)) if said[i][0] != said[i][1]]
    return {
        "characters": sum(bool(a) for a, _, _ in said),
        "substitutions": dict(sorted(Counter(a + b for a, b, _ in wrong if a and b).items())),
        "deletions": dict(sorted(Counter(a for a, b, _ in wrong if not b).items())),
        "insertions": dict(sorted(Counter(b for a, b, _ in wrong if not a).items())),
        "error_after_error": round(sum(after) / max(len(after), 1), 3),
        "confidence": {
            k: [round(float(q), 3) for q in np.quantile(v or [0.0], np.linspace(0, 1, _CONFIDENCE_STEPS + 1))]
            for k, v in sure.items()
        },
    }


def _han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def load() -> dict[str, dict[str, Any]]:
    """Set (``learn``, ``test``, ``samples``) to line condition to counts."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["sets"]
    return found


def rendered(model: str, sets: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The file's content: one line per set, line condition and kind of count."""
    lines = [
        f"  {json.dumps(name)}: {{\n"
        + ",\n".join(
            f"   {json.dumps(line)}: {{\n"
            + ",\n".join(
                f"    {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in counts.items()
            )
            + "}"
            for line, counts in conditions.items()
        )
        + "}"
        for name, conditions in sets.items()
    ]
    return f'{{"model": {json.dumps(model)}, "sets": {{\n' + ",\n".join(lines) + "}}\n"


def _recognise(recognizer: Any, samples: Any) -> list[tuple[str, float]]:
    from qa_pipeline.domain.time import Span

    voiced = [Span(start_ms=0, end_ms=len(samples) // 16)]
    transcript = recognizer.transcribe("x", [samples], [voiced])
    return [(w.text, w.confidence) for u in transcript.utterances for w in u.words]


def human(recognizer: Any, folder: Path) -> dict[str, dict[str, list[Pair]]]:
    """AISHELL-3 utterances under every line condition; every other speaker is for tests."""
    from benchmarks.spliced_calls import band, through_telephone, utterances

    with (folder / "text.tsv").open(encoding="utf-8") as lines:
        texts = {row["file"]: row["text"] for row in csv.DictReader(lines, delimiter="\t")}
    names = sorted(p.name for p in folder.glob("*.flac"))
    found: dict[str, dict[str, list[Pair]]] = {"learn": {}, "test": {}}
    for number, (name, samples) in enumerate(zip(names, utterances(folder), strict=True)):
        samples = band(samples)
        level = np.sqrt(np.mean(samples[np.abs(samples) > 0.02 * np.abs(samples).max()] ** 2))
        samples = samples * 10 ** (_SPEECH_DB / 20) / level
        for line, (snr, speed) in LINES.items():
            spoken = np.interp(np.arange(0, len(samples), speed), np.arange(len(samples)), samples)
            noise = band(np.random.default_rng(number).standard_normal(len(spoken)))
            noise *= 10 ** ((_SPEECH_DB - snr) / 20) / noise.std() if snr is not None else 0.0
            heard = _recognise(recognizer, through_telephone(spoken + noise))
            found["test" if number % 2 else "learn"].setdefault(line, []).extend(pairs(texts[name], heard))
    return found


def sampled(recognizer: Any, folder: Path) -> list[Pair]:
    """The sample calls as they are, line by line."""
    from qa_pipeline.audio.decode import PyAvReader
    from qa_pipeline.settings import Settings

    reader = PyAvReader(Settings())
    found: list[Pair] = []
    for path in sorted((folder / "truth").glob("*.json")):
        truth = json.loads(path.read_text("utf-8"))
        if truth["num_channels"] != 2:
            continue
        with reader.open(folder / truth["file"]) as audio:
            for line in truth["lines"]:
                a, b = (max(0, line["start_ms"] - 200), line["end_ms"] + 200)
                heard = _recognise(recognizer, np.asarray(audio.channels[line["channel"]][a * 16 : b * 16]))
                found += pairs(line["text"], heard)
    return found


def tell(sets: dict[str, dict[str, Any]]) -> None:
    """How much the error model rests on."""
    for name, lines in sets.items():
        for line, s in lines.items():
            subs, dels, ins = (sum(s[k].values()) for k in ("substitutions", "deletions", "insertions"))
            rate = (subs + dels + ins) / max(s["characters"], 1)
            print(
                f"{name:8}{line:11}{s['characters']:6} characters, {rate:.1%} errors: {subs} substitutions "
                f"({len(s['substitutions'])} different), {dels} deletions, {ins} insertions; "
                f"an error follows an error in {s['error_after_error']:.0%}"
            )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write:
        data = os.environ.get("QA_SHARED_DATA")
        if not data or not (Path(data) / "aishell3_30").is_dir():
            print("QA_SHARED_DATA must name the folder that holds aishell3_30.", file=sys.stderr)
            return 2
        from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
        from qa_pipeline.settings import Settings

        recognizer = FasterWhisperRecognizer(Settings())
        found: dict[str, dict[str, list[Pair]]] = human(recognizer, Path(data) / "aishell3_30")
        found["samples"] = {"line": sampled(recognizer, Path(__file__).parents[1] / "sample_audio")}
        sets = {s: {k: summary(v) for k, v in lines.items()} for s, lines in found.items()}
        FILE.write_text(rendered(recognizer.provenance["asr_model"], sets), "utf-8")
    tell(load())
    return 0


if __name__ == "__main__":
    sys.exit(main())
