"""A full run of the product on spoken dialogues, and a search for what was planted in all that it wrote.

The commands run as a user runs them, each in a process of its own. Everything they write is opened and searched: pages,
workbooks, archives, the database, what was heard, logs, what was printed, Prefect's own store. Every sound in it is
given to the recogniser again. An export with nothing taken out is searched the same way: there, much must be found.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.redaction_audio import Ear, made
from benchmarks.redaction_material import NUMBERS
from benchmarks.redaction_opened import Looked
from benchmarks.redaction_search import Leak, Search
from benchmarks.redaction_speech import NOISE_DB, Recorded
from qa_pipeline import resources
from qa_pipeline.domain.call import Call

QA = Path(sys.executable).with_name("qa")
DAY = "2026-10-20"
_SUFFIX = {b"RIFF": ".wav", b"OggS": ".opus", b"fLaC": ".flac"}


def report(seeds: range, *, held_out: bool, work: Path, cache: Path) -> int:
    """Run, search, print a row per place; returns how many planted values were found."""
    noise = tuple(NOISE_DB)
    recorded = [
        dialogue[noise[n % len(noise)]]
        for n, dialogue in enumerate(made(seeds, held_out=held_out, work=work, cache=cache, noise=noise))
    ]
    root = work / "run"
    shutil.rmtree(root, ignore_errors=True)
    _run_everything(recorded, root)
    ear = Ear(root / "data")
    calls = [ear.call(r) for r in recorded]
    search = Search("\n".join(_public(recorded)))
    wanted = _add_all(search, recorded, calls)
    print(f"full run: {len(recorded)} recordings, {wanted} planted values searched for; {'values':>8} found")
    open_ear = Ear(work / "again")
    total = sum(_row(name, folder, search, open_ear) for name, folder in _places(root))
    _row("control: clips with nothing taken out", root / "control", search, open_ear)
    print(f"planted values left: {total}   goal 0 {'met' if not total else 'MISSED'}")
    return total


def _run_everything(recorded: Sequence[Recorded], root: Path) -> None:
    source, out = root / "in", root / "out"
    source.mkdir(parents=True)
    with (source / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            [
                "file",
                "call_id",
                "agent_id",
                "agent_name",
                "team_id",
                "queue",
                "direction",
                "started_at",
                "agent_channel",
            ]
        )
        for n, one in enumerate(recorded):
            shutil.copy(one.path, source / f"call{n}.flac")
            queue = ("enquiry", "complaint")[n % 2]
            table.writerow(
                [
                    f"call{n}.flac",
                    f"call{n}",
                    one.info.agent_id,
                    "周小扬",
                    "一组",
                    queue,
                    "inbound",
                    f"{DAY} 10:0{n % 10}",
                    0,
                ]
            )
    names = [f"call{n}" for n in range(len(recorded))]
    scored = [str(source), "--calls", str(source / "calls.csv")]
    commands: list[Sequence[str | Path]] = [
        ["score", *scored, "--out", out / "score", "--format", "json"],
        ["flow", "score", *scored, "--out", out / "flow"],
        *(["report", kind, "--date", DAY, "--out", out / "report"] for kind in ("day", "week", "month")),
        ["export", "review", "--month", DAY[:7], "--even-if-pending", "--out", out / "export"],
        ["review", "export", *names, "--out", out / "review.xlsx"],
        ["review", "export", *names, "--out", out / "review.csv"],
        ["clips", "--worst", "--pairs", "--zip", "--top", "5", "--out", out / "clips_worst"],
        ["clips", "--best", "--zip", "--top", "4", "--out", out / "clips_best", "--lang", "en"],
        ["clips", "--varied", "--top", "4", "--out", out / "clips_varied", "--format", "wav", "--name-agents"],
        ["redact", *names, "--out", out / "redact"],
        *(["call", "export", name, "--out", out / "call"] for name in names),
        *(["call", "show", name, "--format", form] for name in names for form in ("table", "json")),
        ["call", "list"],
        ["audit", "verify"],
        ["clips", "--worst", "--top", "3", "--no-redact", "--out", root / "control" / "clips"],
    ]  # fmt: skip
    environment = os.environ | {
        "QA_DATA_DIR": str(root / "data"),
        "PREFECT_HOME": str(root / "prefect"),
        "QA_ALLOW_UNREDACTED": "true",
        "NO_COLOR": "1",
    }
    (root / "printed").mkdir()
    for n, command in enumerate(commands):
        arguments = [str(QA), *map(str, command)]
        done = subprocess.run(arguments, env=environment, capture_output=True, check=False, cwd=root)
        name = "-".join(a for a in arguments[1:3] if "/" not in a)
        (root / "printed" / f"{n:02}_{name}.txt").write_bytes(done.stdout + b"\n" + done.stderr)
        if done.returncode:
            print(
                f"qa {' '.join(arguments[1:4])}: exit {done.returncode} {done.stderr.decode()[-200:].strip()}"
            )


def _public(recorded: Iterable[Recorded]) -> Iterable[str]:
    """What may be shown: all lines without the private things in them, and the product's own words."""
    for one in recorded:
        yield from one.public
    for folder in (resources.folder("rubrics"), Path(resources.__file__).parent / "messages"):
        for path in sorted(folder.rglob("*.yaml")):
            yield path.read_text(encoding="utf-8")


def _add_all(search: Search, recorded: Sequence[Recorded], calls: Sequence[Call]) -> int:
    values = set()
    for one, call in zip(recorded, calls, strict=True):
        for planted, (role, spans) in one.planted.items():
            values.add(planted.value)
            if planted.kind in NUMBERS:
                search.add_number(planted.value)
            else:
                search.add_words(planted.value, planted.value)
                for part in planted.parts():
                    search.add_words(part, planted.value)
            heard = "".join(
                w.text
                for span in spans
                for u in call.utterances_of(role)
                for w in u.words
                if span.contains((w.span.start_ms + w.span.end_ms) // 2)
            )
            search.add_heard(heard, planted.value)
    return len(values)


def _places(root: Path) -> list[tuple[str, Path]]:
    out = [(f"out/{path.name}", path) for path in sorted((root / "out").iterdir())]
    data = [(f"data/{path.name}", path) for path in sorted((root / "data").iterdir())]
    return [*out, *data, ("printed", root / "printed"), ("Prefect's own store", root / "prefect")]


def _row(name: str, place: Path, search: Search, ear: Ear) -> int:
    looked = Looked()
    leaks = search.tree(place, looked)
    spoken: list[Leak] = []
    for sound, where in looked.sounds.items():
        suffix = _SUFFIX.get(sound[:4], ".mp3")
        text = ear.text(sound, suffix)
        spoken += [*search.text(where, text), *search.spoken(where, text)]
    read, heard = {leak.value for leak in leaks}, {leak.value for leak in spoken}
    closed = ", ".join(f"{count} {reason}" for reason, count in looked.closed.items())
    print(
        f"  {name:38} read {len(read):3}, heard {len(heard):3}   of {looked.texts} texts with {looked.chars} characters,"
        f" {len(looked.sounds)} sounds{'; closed: ' + closed if closed else ''}"
    )
    if not name.startswith("control"):
        _explain([*leaks, *spoken])
    return len(read | heard)


def _explain(leaks: Iterable[Leak]) -> None:
    """A line for each value and form, with the places that hold it."""
    by_value: Mapping[tuple[str, str], list[Leak]] = defaultdict(list)
    for leak in leaks:
        by_value[leak.value, leak.form].append(leak)
    for (value, form), found in sorted(by_value.items()):
        kinds = Counter(leak.place.split("!")[0].rsplit("/", 1)[-1] for leak in found)
        print(f"      {value} ({form}) in {', '.join(list(kinds)[:3])}: …{found[0].context}…")
