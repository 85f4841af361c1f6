"""How much of what is private is found in texts with recognition errors, and how much else is hidden with it."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from benchmarks.redaction_dialogues import dialogue
from benchmarks.redaction_material import KINDS, NAMES, NUMBERS, Planted, speak
from benchmarks.redaction_wordings import Wordings
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Word
from qa_pipeline.privacy.find import find_private
from qa_pipeline.text.words import cut

RATES = (0.0, 0.1, 0.2, 0.3)


def measure(rate: float, seeds: range, *, show: int = 0) -> dict[str, float]:
    """Recall by kind and wrong stretches per 1,000 words.

    A thing counts as found only where every character of it is hidden. A wrong stretch holds nothing planted.
    """
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    wrong = words = too_much = 0
    for seed in seeds:
        rng = random.Random(seed)
        spoken = speak(dialogue(rng, wordings=Wordings.of(seed)), error_rate=rate, rng=rng)
        hidden = find_private(spoken.utterances)
        for role in (Role.AGENT, Role.CUSTOMER):
            mine = [p for p in hidden if p.role is role]
            masks = [p.span for p in mine]
            chars = [w for u in spoken.utterances[role] for w in u.words]
            words += sum(len(cut(u.text)) for u in spoken.utterances[role])
            places: dict[Planted, list[Span]] = defaultdict(list)
            for span, planted in spoken.private[role]:
                places[planted].append(span)
            for planted, spans in places.items():
                total[planted.kind] += 1
                left = [w for w in chars if _inside(w, spans) and not _inside(w, masks)]
                found[planted.kind] += not left
                if left and show > 0:
                    show -= 1
                    print(f"missed {planted.kind:12} {_context(chars, spans, masks)}")
            private = [s for spans in places.values() for s in spans]
            for mask, kind in ((p.span, p.kind) for p in mine):
                if not any(mask.start_ms < p.end_ms and p.start_ms < mask.end_ms for p in private):
                    wrong += 1
                    if show > 0:
                        show -= 1
                        print(f"wrong  {kind:12} {_context(chars, [mask], masks)}")
            too_much += sum(_inside(w, masks) and not _inside(w, private) for w in chars)
    result = {kind: found[kind] / total[kind] for kind in KINDS}
    for name, kinds in (("numbers", NUMBERS), ("names", NAMES)):
        result[name] = sum(found[k] for k in kinds) / sum(total[k] for k in kinds)
    result |= {
        "items": sum(total.values()),
        "wrong": 1000 * wrong / words,
        "too_much": 1000 * too_much / words,
    }
    return result


def report(seeds: range, *, show: int, rates: Sequence[float] = RATES) -> None:
    """Print a row per rate of errors."""
    print(f"from text: {len(seeds)} dialogues a row, {Wordings.of(seeds.start).name.lower()} wordings")
    columns = ("numbers", "names", *KINDS)
    print(
        "errors  "
        + " ".join(f"{k[:9]:>9}" for k in columns)
        + "  wrong/1,000 words  characters too many/1,000"
    )
    for rate in rates:
        r = measure(rate, seeds, show=show)
        row = " ".join(f"{r[k]:9.3f}" for k in columns)
        print(
            f"{rate:6.0%}  {row}  {r['wrong']:17.2f}  {r['too_much']:25.1f}   ({r['items']:.0f} items)",
            flush=True,
        )


def _inside(word: Word, spans: Sequence[Span]) -> bool:
    middle = (word.span.start_ms + word.span.end_ms) / 2
    return any(span.start_ms <= middle < span.end_ms for span in spans)


def _context(chars: Sequence[Word], spans: Sequence[Span], masks: Sequence[Span]) -> str:
    first, last = spans[0].start_ms - 3000, spans[-1].end_ms + 1500
    near = [w for w in chars if first < w.span.start_ms < last]
    return re.sub(r"\]\[", "", "".join(f"[{w.text}]" if _inside(w, masks) else w.text for w in near))
