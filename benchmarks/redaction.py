"""``make bench-redaction``: what is left of private things in text, in sound, and in everything a full run writes.

``--only text|sound|run`` measures one part. Seeds below 100,000 are for development and take other wordings, voices and
noise than those above, by which nothing was mended; names from 200,000 on are asked for in wordings of other trades, and
whole dialogues from 300,000 on are of wordings written without knowing the finder.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

HELD_OUT = 100_000
USER_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qa_pipeline_samples"


def main() -> int:
    """Measure and print; 1 where the full run left something."""
    parser = argparse.ArgumentParser(prog="bench-redaction", description=__doc__)
    parser.add_argument("--only", choices=("text", "sound", "run"), help="one part")
    parser.add_argument("--seed", type=int, default=HELD_OUT, help="first dialogue")
    parser.add_argument("--dialogues", type=int, default=200, help="of a row from text")
    parser.add_argument("--spoken", type=int, default=12, help="dialogues spoken")
    parser.add_argument("--calls", type=int, default=3, help="recordings of the full run")
    parser.add_argument("--show", type=int, default=0, help="print so many mistakes of each part")
    parser.add_argument(
        "--work", type=Path, help="folder that keeps recordings and what was heard; default: none"
    )
    parser.add_argument("--cache", type=Path, default=USER_CACHE, help="folder that keeps spoken lines")
    chosen = parser.parse_args()
    held_out = chosen.seed >= HELD_OUT
    started = time.monotonic()
    left = 0
    with tempfile.TemporaryDirectory() as scratch:
        work = chosen.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        if chosen.only in (None, "text"):
            from benchmarks import redaction_text

            seeds = range(chosen.seed, chosen.seed + chosen.dialogues)
            redaction_text.report(seeds, show=chosen.show)
        if chosen.only in (None, "sound"):
            from benchmarks import redaction_audio

            seeds = range(chosen.seed, chosen.seed + chosen.spoken)
            redaction_audio.report(seeds, held_out=held_out, work=work, cache=chosen.cache, show=chosen.show)
        if chosen.only in (None, "run"):
            from benchmarks import redaction_run

            seeds = range(chosen.seed, chosen.seed + chosen.calls)
            left = redaction_run.report(seeds, held_out=held_out, work=work, cache=chosen.cache)
    print(f"took {time.monotonic() - started:.0f} s")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
