"""``make bench-redaction``: how much of what is private is found, and how much else is hidden with it."""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter

from benchmarks.redaction_material import dialogue, speak
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.privacy.find import find_private
from qa_pipeline.text.words import cut

KINDS = ("phone", "order_number", "id_number", "bank_card", "person", "address")
NUMBERS = KINDS[:4]
GOALS = {0.0: (0.99, 0.95), 0.2: (0.95, 0.85)}


def measure(rate: float, seeds: range, show: int = 0) -> dict[str, float]:
    """Recall by kind (an item counts only if every character of it is hidden) and wrong stretches per 1,000 words."""
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    wrong = words = hidden_too_much = 0
    for seed in seeds:
        rng = random.Random(seed)
        spoken = speak(dialogue(rng), error_rate=rate, rng=rng)
        hidden = find_private(spoken.utterances)
        for role in (Role.AGENT, Role.CUSTOMER):
            masks = [p.span for p in hidden if p.role is role]
            chars = [w for u in spoken.utterances[role] for w in u.words]
            words += sum(len(cut(u.text)) for u in spoken.utterances[role])
            for span, kind in spoken.private[role]:
                total[kind] += 1
                left = [
                    w for w in chars if _within(w.span, span) and not any(_within(w.span, m) for m in masks)
                ]
                if not left:
                    found[kind] += 1
                elif show:
                    show -= 1
                    print("missed", kind, _context(chars, span, masks))
            private = [s for s, _ in spoken.private[role]]
            for mask in masks:
                if not any(mask.start_ms < p.end_ms and p.start_ms < mask.end_ms for p in private):
                    wrong += 1
                    if show:
                        show -= 1
                        print("wrong ", _context(chars, mask, masks))
            hidden_too_much += sum(
                any(_within(w.span, m) for m in masks) and not any(_within(w.span, p) for p in private)
                for w in chars
            )
    result = {kind: found[kind] / total[kind] for kind in KINDS}
    result["numbers"] = sum(found[k] for k in NUMBERS) / sum(total[k] for k in NUMBERS)
    result["items"] = sum(total.values())
    result["wrong"] = 1000 * wrong / words
    result["over"] = 1000 * hidden_too_much / words
    return result


def _within(word: Span, mask: Span) -> bool:
    middle = (word.start_ms + word.end_ms) / 2
    return mask.start_ms <= middle < mask.end_ms


def _context(chars: list, span: Span, masks: list[Span]) -> str:
    near = [w for w in chars if span.start_ms - 3000 < w.span.start_ms < span.end_ms + 1500]
    text = "".join(f"[{w.text}]" if any(_within(w.span, m) for m in masks) else w.text for w in near)
    return re.sub(r"\]\[", "", text)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dialogues", type=int, default=200)
    parser.add_argument(
        "--seed", type=int, default=100_000, help="first seed; below 100,000 is for development"
    )
    parser.add_argument("--show", type=int, default=0, help="print so many mistakes")
    parser.add_argument("--rates", default="0,0.1,0.2,0.3")
    options = parser.parse_args()
    print(
        "errors  numbers  "
        + "  ".join(f"{k:>12}" for k in KINDS)
        + "   wrong/1,000 words  chars too many/1,000 words"
    )
    for rate in map(float, options.rates.split(",")):
        r = measure(rate, range(options.seed, options.seed + options.dialogues), options.show)
        row = "  ".join(f"{r[k]:12.3f}" for k in KINDS)
        print(
            f"{rate:5.0%}   {r['numbers']:.3f}    {row}   {r['wrong']:6.2f}   {r['over']:6.1f}   ({r['items']:.0f} items)"
        )


if __name__ == "__main__":
    main()
