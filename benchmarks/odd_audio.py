"""Malformed and odd recordings through the whole product: ``python -m benchmarks.odd_audio [part parts]``.

Makes the corpus of ``benchmarks/odd_corpus.py`` (no shared data needed), scores it with ``qa score`` in one batch run, and
prints what became of it: no crash, no aborted batch, a code for each. Exit code 1 where something is wrong. With two
numbers, e.g. ``1 4``, only that part of the corpus.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.odd_corpus import complaint, corpus
from benchmarks.odd_material import Odd
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.errors import RecordingError
from qa_pipeline.settings import Settings

SKIPPED = (".mkv", ".ac3")
"""Endings that are passed over in a folder; the recording must be looked at all the same."""


def lay_out(folder: Path, part: int, parts: int) -> dict[str, Odd]:
    """Make one part of the corpus in one folder; file name to recording. Two files of one name would be one call id."""
    made: dict[str, Odd] = {}
    for number, odd in list(enumerate(corpus()))[part - 1 :: parts]:
        own = folder / "making"
        own.mkdir()
        path = odd.make(own)
        ending = ".wav" if path.suffix in SKIPPED else path.suffix
        name = path.name if path.stem not in ("call", "renamed") else f"{number:03d}{ending}"
        if path.is_symlink() and path.exists():
            shutil.move(str(path.resolve()), str(folder / "real.bin"))
            (folder / name).symlink_to("real.bin")
        else:
            os.rename(path, folder / name)  # noqa: PTH104 - pipes, dead links, names that are no text
        made[name] = odd
        shutil.rmtree(own)
    return made


def decoded_complaints(folder: Path, made: dict[str, Odd], data: Path) -> list[str]:
    """Decodes each by itself and compares what was declared with what came out."""
    reader = PyAvReader(Settings(data_dir=data))
    found = []
    for name, odd in made.items():
        try:
            with reader.open(folder / name) as audio:
                facts = audio.facts
            declared = facts.declared_duration_ms
            said = complaint(
                odd,
                None,
                facts.recording.num_samples / facts.recording.sample_rate_hz,
                None if declared is None else declared / 1000,
                facts.notes,
            )
        except RecordingError as error:
            said = complaint(odd, error.code, None, None, ())
        if said:
            found.append(f"{odd.name}: {said}")
    reader.close()
    return found


def scored_complaints(made: dict[str, Odd], lines: list[dict[str, object]], told: str) -> list[str]:
    """What is wrong with the results of the batch."""
    found = []
    by_name = {str(line["source"]): line for line in lines}
    for name, odd in made.items():
        line = by_name.get(name.encode("utf-8", "replace").decode())
        if line is None:
            if name not in told and odd.name not in ("called 'no_ending'", "a folder"):
                found.append(f"{odd.name}: neither scored nor named as skipped")
            continue
        error = line["error"]
        code = str(error["code"]) if isinstance(error, dict) else None
        if line["status"] != "scored" and code is None:
            found.append(f"{odd.name}: {line['status']} without a code")
        if code in ("call.internal", "audio.decoder_crashed", "audio.timeout"):
            found.append(f"{odd.name}: {code}")
        if odd.outcome is not None and odd.outcome not in (code, line["status"]):
            found.append(f"{odd.name}: {line['status']} {code}, not {odd.outcome}")
    return found


def main() -> int:
    """Make, decode, score, print."""
    part, parts = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (1, 1)
    with tempfile.TemporaryDirectory() as root:
        folder, data = Path(root) / "recordings", Path(root) / "data"
        folder.mkdir()
        began = time.perf_counter()
        made = lay_out(folder, part, parts)
        print(f"{len(made)} recordings made in {time.perf_counter() - began:.0f} s")
        began = time.perf_counter()
        wrong = decoded_complaints(folder, made, data)
        print(
            f"decoded and measured one by one in {time.perf_counter() - began:.0f} s: {len(wrong)} complaints"
        )
        began = time.perf_counter()
        command = [str(Path(sys.executable).with_name("qa")), "score", str(folder), "--format", "json"]
        run = subprocess.run(
            [*command, "--rubric", "inbound_enquiry"],
            capture_output=True,
            env={**os.environ, "QA_DATA_DIR": str(data)},
        )
        spent = time.perf_counter() - began
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        wrong += scored_complaints(made, lines, run.stderr.decode(errors="replace"))
    print(f"scored in one run in {spent:.0f} s: exit code {run.returncode}, {len(lines)} results")
    statuses = Counter(str(line["status"]) for line in lines)
    codes = Counter(line["error"]["code"] for line in lines if line.get("error"))
    for name, count in (*statuses.most_common(), *codes.most_common()):
        print(f"| {name} | {count} |")
    if run.returncode != 1:
        wrong.append(f"exit code {run.returncode}, not 1 (some recordings failed)")
        print(run.stderr.decode(errors="replace")[-2000:])
    print(f"{len(wrong)} complaints")
    for complaint_ in wrong:
        print(f"  {complaint_}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
