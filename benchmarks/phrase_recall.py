"""How often phrases and scripts are recognised in garbled text, and how often they are imagined in innocent talk.

``python -m benchmarks.phrase_recall [--seed N]``: recall of the three modes side by side at 0 to 40 % character errors, each
phrase inside ordinary talk garbled alike; then false alarms on real helpdesk turns that do not contain the phrase
(``QA_SHARED_DATA`` names the folder that holds ``helpdesk_quality``; exits 2 where it is missing).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.corruption import corrupt
from benchmarks.phrase_material import FORBIDDEN, ORDINARY, SCRIPTS, SHORT_FORBIDDEN, SLOTS, aligned
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.script import script
from qa_pipeline.text.types import MatchMode, Pattern

RATES = (0.0, 0.1, 0.2, 0.3, 0.4)
_ROUNDS = 30
_MAX_TURNS = 12_000


def recall(
    cases: Sequence[tuple[str, str]],
    compile_: Callable[[str, MatchMode], Pattern],
    seed: int,
    mix: str = "sounds",
    modes: Sequence[MatchMode] = tuple(MatchMode),
) -> dict[MatchMode, list[tuple[float, float]]]:
    """Per mode and rate: share found for sure, share found at least doubtfully."""
    figures: dict[MatchMode, list[tuple[float, float]]] = {}
    for mode in modes:
        patterns = {p: compile_(p, mode) for p, _ in cases}
        figures[mode] = []
        for rate in RATES:
            rng = random.Random(f"{seed}/{rate}")
            found: Counter[str] = Counter()
            for _ in range(_ROUNDS):
                for pattern, said in cases:
                    before, after = rng.choice(ORDINARY), rng.choice(ORDINARY)
                    heard = [corrupt(t, rate, rng, mix) for t in (before, said, after)]
                    lo, hi = len(normalize(heard[0])), len(normalize(heard[0] + heard[1]))
                    matches = patterns[pattern].find(aligned("".join(heard)))
                    there = [m for m in matches if m.start < hi and m.end > lo]
                    found["hit"] += any(m.verdict == "hit" for m in there)
                    found["any"] += bool(there)
            total = _ROUNDS * len(cases)
            figures[mode].append((found["hit"] / total, found["any"] / total))
    return figures


def report(title: str, figures: dict[MatchMode, list[tuple[float, float]]]) -> None:
    print(f"\n{title}: recall (with doubtful) at character error rates")
    print(f"{'':10}" + "".join(f"{rate:>16.0%}" for rate in RATES))
    for mode, row in figures.items():
        print(f"{mode:10}" + "".join(f"{hit:>9.3f} ({some:.3f})"[:17].rjust(16) for hit, some in row))


def false_alarms(data: Path, patterns: dict[str, Pattern], sender: str | None = None) -> None:
    """Hits in real turns that do not contain the phrase, per 1,000 turns and all phrases together."""
    turns = []
    with (data / "helpdesk_quality" / "dialogues.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            spoken = json.loads(line)["turns"]
            turns += ["".join(t["utterances"]) for t in spoken if sender is None or t["sender"] == sender]
    rng = random.Random(1)
    rng.shuffle(turns)
    turns = turns[:_MAX_TURNS]
    counts: Counter[str] = Counter()
    examples: list[str] = []
    for turn in turns:
        text = aligned(turn)
        for source, pattern in patterns.items():
            for match in pattern.find(text):
                if normalize(source) in text.text:
                    continue
                counts[match.verdict] += 1
                examples.append(
                    f"  {match.verdict:9}{match.similarity:.3f} {match.coverage:.2f} {source}: {match.quote}"
                )
    hits, doubtful = (1000 * counts[v] / len(turns) for v in ("hit", "doubtful"))
    print(f"  {len(turns)} turns: {hits:.2f} false hits and {doubtful:.2f} doubtful places per 1,000 turns")
    for line in sorted(examples)[: int(os.environ.get("SHOW", "12"))]:
        print(line)


def told(template: str, mode: MatchMode) -> Pattern:
    return script(template, slots=SLOTS, mode=mode)


def forbidden(text: str, mode: MatchMode) -> Pattern:
    return phrase(text, mode=mode, forbidding=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("recall", "alarms"))
    options = parser.parse_args()
    if options.only != "alarms":
        spoken = [(template, said) for template, variants in SCRIPTS.items() for said in variants]
        report("scripts", recall(spoken, told, options.seed))
        long = [(p, p) for p in FORBIDDEN]
        short = [(p, p) for p in SHORT_FORBIDDEN]
        report("forbidden phrases of 4 and more syllables", recall(long, forbidden, options.seed))
        report("forbidden phrases of 3 syllables", recall(short, forbidden, options.seed))
        sure = (MatchMode.PHONETIC,)
        report("scripts, errors as in loud noise", recall(spoken, told, options.seed, "noise", sure))
        report(
            "forbidden phrases, errors as in loud noise", recall(long, forbidden, options.seed, "noise", sure)
        )
    if options.only != "recall":
        place = os.environ.get("QA_SHARED_DATA")
        if not place or not (Path(place) / "helpdesk_quality").is_dir():
            print(
                "QA_SHARED_DATA must name the folder that holds helpdesk_quality/dialogues.jsonl.",
                file=sys.stderr,
            )
            return 2
        for mode in MatchMode:
            print(f"\nfalse alarms, {mode}: forbidden phrases")
            false_alarms(
                Path(place),
                {p: phrase(p, mode=mode, forbidding=True) for p in (*FORBIDDEN, *SHORT_FORBIDDEN)},
            )
        # Real agents say much that is close to these scripts, which is no false alarm; customers do not.
        print("\nfalse alarms, phonetic: scripts in what customers say")
        false_alarms(Path(place), {t: script(t, slots=SLOTS) for t in SCRIPTS}, "customer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
