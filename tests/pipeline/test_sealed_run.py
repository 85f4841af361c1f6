"""After a whole run nothing in the data folder holds words that nobody quoted, in any shape."""

import gzip
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from builders import RUBRIC, utterance
from fakes import FakeSound, Heard, write_recording

from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.pipeline.plan import make_plan
from qa_pipeline.pipeline.run import run
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.lease import this_process
from qa_pipeline.storage.store import SqlStore

PLANTED = ("欧阳小暖", "幺三八零零六六二九五一", "梧桐路四百弄")
HEARD = Heard(
    utterances=(
        utterance(0, 0, 4, "您好工号三一零七为您服务"),
        utterance(1, 5, 20, f"我叫{PLANTED[0]}电话{PLANTED[1]}住在{PLANTED[2]}"),
        utterance(0, 21, 24, "好的谢谢您的来电再见"),
    )
)


def readable(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, and every cell of every table, as it lies there and unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes()
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as db:
                tables = [
                    name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                ]
                for table in tables:
                    for row in db.execute(f'SELECT * FROM "{table}"'):
                        yield from ((f"{path.name}/{table}", cell) for cell in map(_bytes, row) if cell)
        elif path.suffix == ".gz" and path.read_bytes().startswith(b"\x1f\x8b"):
            yield path.name, gzip.decompress(path.read_bytes())


def _bytes(cell: object) -> bytes:
    if isinstance(cell, bytes):
        return gzip.decompress(cell) if cell.startswith(b"\x1f\x8b") else cell
    return str(cell).encode()


def found(folder: Path) -> set[str]:
    """Where planted words lie: as they are, as JSON escapes them, or character by character as a transcript has them."""
    shapes = [shape for word in PLANTED for shape in (word.encode(), json.dumps(word)[1:-1].encode())]
    return {
        name
        for name, data in readable(folder)
        for text in (data, b"".join(re.findall(rb'"text":"(.*?)"', data)))
        if any(shape in text for shape in shapes)
    }


def score(folder: Path) -> None:
    settings = Settings(data_dir=folder / "data")
    sound = FakeSound({"planted": HEARD})
    store = SqlStore(settings)
    ports = Ports(
        reader=sound,
        recognizer=sound,
        store=store,
        artifacts=FileArtifacts(settings),
        engine={"engine": "test"},
        owner=this_process(),
    )
    scoring = Scoring(ports, settings, (), forced=parse_rubric(RUBRIC, "small.yaml"))
    path = str(write_recording(folder / "call.wav", "planted", "salt"))
    report = run(
        make_plan((path,), None, settings),
        scoring,
        batch_size=1,
        run_batch=scoring.score_batch,
        writer=None,
        title="t",
    )
    store.close()
    assert [result.status for result in report.results] == [CallStatus.SCORED]


def test_a_run_leaves_no_planted_word(tmp_path: Path) -> None:
    score(tmp_path)
    assert found(tmp_path / "data") == set()


def test_a_run_over_an_old_folder_leaves_none_either(tmp_path: Path) -> None:
    score(tmp_path)
    artifacts = FileArtifacts(Settings(data_dir=tmp_path / "data"))
    root = tmp_path / "data" / "artifacts"
    kept = next(iter((root / "transcript").rglob("*.gz")))
    transcript = artifacts.load(kept.relative_to(root).as_posix(), Transcript)
    kept.write_bytes(codec.compress(codec.dumps(transcript)))
    assert found(tmp_path / "data") == {kept.name}  # the search would see it
    score(tmp_path)
    assert found(tmp_path / "data") == set()
