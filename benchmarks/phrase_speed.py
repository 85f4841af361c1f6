"""How long a rubric's phrases take on a six-minute call, against the plain ways, in one run.

``python -m benchmarks.phrase_speed``: 30 criteria's worth of phrases (about 150) and nine scripts over texts of about 1,800
characters that were never seen before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from benchmarks.corruption import corrupt
from benchmarks.phrase_material import (
    FORBIDDEN,
    ORDINARY,
    SCRIPTS,
    SHORT_FORBIDDEN,
    SLOTS,
    WISHED,
    utterances,
)
from qa_pipeline.text.align import semi_global
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.script import script
from qa_pipeline.text.sounds import SOUNDS

_CALLS = 20
_CHARS = 1800


def call_text(rng: random.Random) -> str:
    """What an agent says, with recognition errors: mostly ordinary, every script once, a phrase in ten sentences."""
    spoken = [rng.choice(s) for s in SCRIPTS.values()]
    parts = [spoken[0]]
    while sum(map(len, parts)) < _CHARS:
        parts.append(rng.choice(WISHED) if rng.random() < 0.1 else rng.choice(ORDINARY))
    for line in (*spoken[1:6], rng.choice(FORBIDDEN)):
        parts.insert(rng.randrange(1, len(parts)), line)
    return corrupt("，".join((*parts, *spoken[6:])), 0.15, rng)


def measure(job: Callable[[int], object], calls: int) -> float:
    """Milliseconds a call, the median."""
    times = []
    for i in range(calls):
        begin = time.perf_counter()
        job(i)
        times.append(1000 * (time.perf_counter() - begin))
    return sorted(times)[len(times) // 2]


def main() -> None:
    rng = random.Random(7)
    forbidden = [*FORBIDDEN, *SHORT_FORBIDDEN]
    wished = [*WISHED, *(s[:5] for s in WISHED if len(s) > 6), *(f[1:] for f in FORBIDDEN if len(f) > 4)]
    phrases = [phrase(p, forbidding=True, innocents=("您不用着急",)) for p in forbidden] + [
        phrase(p) for p in wished
    ]
    scripts = [script(t, slots=SLOTS) for t in SCRIPTS]
    calls = [utterances(call_text(rng)) for _ in range(_CALLS)]
    texts = [AlignedText.of(c) for c in calls]
    for text in texts[:2]:  # the process has met ordinary characters before; the texts below it has not
        for pattern in (*phrases, *scripts):
            pattern.find(text)
    print(
        f"{len(phrases)} phrases, {len(scripts)} scripts, {sum(map(len, texts)) // len(texts)} characters a call"
    )

    def whole(i: int) -> None:
        text = AlignedText.of(calls[i])
        for pattern in (*phrases, *scripts):
            pattern.find(text)

    build = measure(lambda i: AlignedText.of(calls[i]).index, _CALLS)
    fresh = [AlignedText.of(c) for c in calls]
    for text in fresh:
        _ = text.index
    find_phrases = measure(lambda i: [p.find(fresh[i]) for p in phrases], _CALLS)
    fresh = [AlignedText.of(c) for c in calls]
    for text in fresh:
        _ = text.index
    find_scripts = measure(lambda i: [s.find(fresh[i]) for s in scripts], _CALLS)
    total = measure(whole, _CALLS)
    sources = [normalize(p.source) for p in phrases]
    fuzzy = measure(lambda i: [fuzz.partial_ratio_alignment(s, texts[i].text) for s in sources], 5)
    naive = measure(lambda i: _naive(sources[::10], texts[i]), 2) * 10
    print(f"text and index {build:.2f} ms, phrases {find_phrases:.2f} ms, scripts {find_scripts:.2f} ms")
    print(f"whole call {total:.2f} ms, cold text")
    print(f"rapidfuzz partial_ratio, characters only, phrases only: {fuzzy:.1f} ms ({fuzzy / total:.1f} x)")
    print(
        f"the same alignment without the search for candidates, phrases only: {naive:.0f} ms ({naive / total:.0f} x)"
    )


def _naive(sources: Sequence[str], text: AlignedText) -> None:
    index = text.index
    for source in sources:
        rows = SOUNDS.table[SOUNDS.ids(source)][:, index.sounds].tolist()
        semi_global(rows, index.insertions)


if __name__ == "__main__":
    main()
