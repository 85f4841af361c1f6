"""How often phrases and scripts are recognised in garbled text, and how often they are imagined in innocent talk.

``python -m benchmarks.phrase_recall [--seed N] [--tuned]`` (``QA_SHARED_DATA`` names the folder that holds
``helpdesk_quality``): recall of the three modes side by side at 0 to 40 % character errors, each phrase inside ordinary talk
garbled alike; then false alarms on real helpdesk turns that do not contain the phrase. Errors, phrases, scripts and turns
are those that nothing was learnt from; ``--tuned`` takes the learning half instead. "Noise" draws from the errors made in
noise only.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.learnt_errors import ErrorModel, Heard
from benchmarks.phrase_evidence import Half, half, surroundings
from benchmarks.phrase_material import ORDINARY, heard_as
from benchmarks.shipped_phrases import Forbidden, forbidden, say, scripts
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.script import script
from qa_pipeline.text.types import Match, MatchMode, Pattern

RATES = (0.0, 0.1, 0.2, 0.3, 0.4)
LIMITS = (0.6, 0.8)
"""What a deduction takes: by an ordinary and by a fatal criterion (``min_confidence``, ``min_confidence_fatal``)."""
_ROUNDS = 4
_LONG_SCRIPT = 7
_MAX_TURNS = 5000

Case = tuple[Pattern, str, str, str]
"""What to look for, how it is said, what stands before and after."""


def recall(
    cases: Callable[[random.Random], Iterator[Case]], model: ErrorModel, seed: int
) -> list[Counter[str]]:
    """Per rate: how many were said, surely found, found at the limits, found at least doubtfully."""
    figures = []
    for rate in RATES:
        rng = random.Random(f"{seed}/{rate}")
        found: Counter[str] = Counter()
        for pattern, said, before, after in cases(rng):
            pieces = [model.garble(t, rate, rng) for t in (before, said, after)]
            lo, hi = (len(normalize(_text(p))) for p in (pieces[0], pieces[0] + pieces[1]))
            matches = pattern.find(heard_as([c for p in pieces for c in p]))
            there = [m for m in matches if m.start < hi and m.end > lo]
            best = max((m.confidence for m in there if m.verdict == "hit"), default=-1.0)
            found["said"] += 1
            found["hit"] += best >= 0
            found["any"] += bool(there)
            found.update(str(limit) for limit in LIMITS if best >= limit)
        figures.append(found)
    return figures


def phrase_cases(phrases: Sequence[Forbidden], mode: MatchMode) -> Callable[[random.Random], Iterator[Case]]:
    """Forbidden phrases in talk where no innocent explains them."""

    def made(rng: random.Random) -> Iterator[Case]:
        for _ in range(_ROUNDS):
            for forbidden_ in phrases:
                guarded = phrase(forbidden_.say, innocents=forbidden_.innocents, forbidding=True)
                before, after = surroundings(guarded, forbidden_.say, rng)
                yield _compiled(forbidden_, mode), forbidden_.say, before, after

    return made


def script_cases(*, tuned: bool, mode: MatchMode) -> Callable[[random.Random], Iterator[Case]]:
    """Scripts and whole sentences of at least seven syllables, in ordinary talk."""
    known = [s for s in scripts(tuned=tuned) if len(normalize(say(*s, random.Random(0)))) >= _LONG_SCRIPT]

    def made(rng: random.Random) -> Iterator[Case]:
        for _ in range(_ROUNDS):
            for template, values in known:
                pattern = script(template, slots=values, mode=mode)
                yield pattern, say(template, values, rng), rng.choice(ORDINARY), rng.choice(ORDINARY)

    return made


def report(title: str, rows: dict[str, list[Counter[str]]], *, limits: bool = False) -> None:
    """Recall per mode and rate, in brackets with doubtful places."""
    print(
        f"\n{title} ({next(iter(rows.values()))[0]['said']} cases a rate): recall (with doubtful) at error rates"
    )
    print(f"{'':16}" + "".join(f"{rate:>16.0%}" for rate in RATES))
    for name, figures in rows.items():
        cells = [f"{f['hit'] / f['said']:.3f} ({f['any'] / f['said']:.3f})" for f in figures]
        print(f"{name:16}" + "".join(cell.rjust(16) for cell in cells))
        for limit in LIMITS if limits else ():
            cells = [f"{f[str(limit)] / f['said']:.3f}" for f in figures]
            print(f"{f'  sure to {limit}':16}" + "".join(cell.rjust(16) for cell in cells))


def false_alarms(
    turns: Sequence[Heard], clean: Sequence[str], patterns: Sequence[tuple[str, Pattern]], shown: int
) -> None:
    """Matches in real turns that do not contain the phrase, per 1,000 turns and all phrases together."""
    counts: Counter[str] = Counter()
    examples: list[tuple[str, float, str]] = []
    for heard, turn in zip(turns, clean, strict=True):
        text = heard_as(heard)
        written = normalize(turn)
        for source, pattern in patterns:
            if normalize(source) in written:
                continue
            for match in pattern.find(text):
                counts[match.verdict] += 1
                counts.update(str(limit) for limit in LIMITS if _sure(match, limit))
                examples.append((match.verdict, match.confidence, f"{source}: {match.quote}"))
    per = {k: 1000 * counts[k] / len(turns) for k in ("hit", "doubtful", *map(str, LIMITS))}
    print(
        f"  {len(turns)} turns, {len(patterns)} phrases: {per['hit']:.2f} false hits ({per['0.6']:.2f} sure to 0.6, "
        f"{per['0.8']:.2f} to 0.8) and {per['doubtful']:.2f} doubtful places per 1,000 turns"
    )
    for verdict, confidence, told in sorted(examples, key=lambda e: (e[0] != "hit", -e[1], e[2]))[:shown]:
        print(f"    {verdict:9}{confidence:.2f} {told}")


def alarms(half_: Half, seed: int, *, shown: int) -> None:
    """False alarms of all forbidden phrases together, tuned or not, on the half's turns."""
    everything = (*forbidden(tuned=True), *forbidden(tuned=False))
    clean = half_.turns[:_MAX_TURNS]
    for rate in (0.0, 0.2):
        rng = random.Random(f"{seed}/{rate}")
        heard = [half_.model.garble(turn, rate, rng) for turn in clean]
        for mode in MatchMode:
            print(f"\nfalse alarms at {rate:.0%} errors, {mode}: forbidden phrases")
            patterns = [(f.say, _compiled(f, mode)) for f in everything]
            false_alarms(heard, clean, patterns, shown if mode is MatchMode.PHONETIC else 0)


def _compiled(forbidden_: Forbidden, mode: MatchMode) -> Pattern:
    return phrase(forbidden_.say, mode=mode, innocents=forbidden_.innocents, forbidding=True)


def _sure(match: Match, limit: float) -> bool:
    return match.verdict == "hit" and match.confidence >= limit


def _text(heard: Heard) -> str:
    return "".join(char for char, _ in heard)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--show", type=int, default=8, help="false alarms to print")
    parser.add_argument("--only", choices=("recall", "alarms"))
    options = parser.parse_args()
    place = os.environ.get("QA_SHARED_DATA")
    if not place or not (Path(place) / "helpdesk_quality").is_dir():
        print("QA_SHARED_DATA must name the folder that holds helpdesk_quality.", file=sys.stderr)
        return 2
    half_ = half(Path(place), learning=options.tuned)
    noise = ErrorModel([("learn" if options.tuned else "test", line) for line in ("noise", "loud_noise")])
    print(f"errors: {half_.model.describe()}\nnoise:  {noise.describe()}")
    if options.only != "alarms":
        kinds = {
            f"forbidden, {title}": [f for f in half_.phrases if low <= len(normalize(f.say)) <= high]
            for title, low, high in (
                ("5 and more syllables", 5, 99),
                ("4 syllables", 4, 4),
                ("2-3 syllables", 1, 3),
            )
        }
        for title, made in (
            ("scripts", lambda mode: script_cases(tuned=options.tuned, mode=mode)),
            *((t, lambda mode, known=known: phrase_cases(known, mode)) for t, known in kinds.items()),
        ):
            rows = {str(mode): recall(made(mode), half_.model, options.seed) for mode in MatchMode}
            rows["phonetic, noise"] = recall(made(MatchMode.PHONETIC), noise, options.seed)
            report(title, rows, limits=title != "scripts")
    if options.only != "recall":
        alarms(half_, options.seed, shown=options.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
