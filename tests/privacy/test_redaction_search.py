"""The search for planted values sees through every wrapping: one that can't look would find nothing, too."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from benchmarks.redaction_opened import Looked
from benchmarks.redaction_search import Search

PHONE = "13872459610"
INNOCENT = "请您稍等我帮您查询一下，一共三十五块六，二零二六年"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)


def search() -> Search:
    made = Search(INNOCENT)
    made.add_number(PHONE)
    made.add_words("欧阳雪梅", "欧阳雪梅")
    made.add_words("云兰路", "云兰路388号")
    made.add_heard("欧洋学妹", "欧阳雪梅")
    return made


def docx(text: str) -> bytes:
    document = Document()
    paragraph = document.add_paragraph()
    for char in text:  # Word cuts text into runs as it likes
        paragraph.add_run(char)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx(text: str) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["B7"] = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/inner.docx", docx(text))
    return out.getvalue()


def database(text: str, folder: Path, *, deleted: bool = False) -> bytes:
    db = sqlite3.connect(folder / "made.db")
    db.execute("PRAGMA secure_delete = OFF")
    db.execute("CREATE TABLE t (a INTEGER, b TEXT)")
    db.execute("INSERT INTO t VALUES (1, ?)", (json.dumps({"words": list(text)}),))
    if deleted:
        db.commit()
        db.execute("DELETE FROM t")
    db.commit()
    db.close()
    return (folder / "made.db").read_bytes()


WRAPPED: dict[str, Callable[[str, Path], bytes]] = {
    "a.txt": lambda text, _: text.encode(),
    "gb.csv": lambda text, _: f"{INNOCENT},{text}".encode("gb18030"),
    "wide.txt": lambda text, _: text.encode("utf-16"),
    "a.docx": lambda text, _: docx(text),
    "a.xlsx": lambda text, _: xlsx(text),
    "a.zip": lambda text, _: zipped(text),
    "log.gz": lambda text, _: gzip.compress(text.encode()),
    "in_page.html": lambda text, _: f"<p>{'</b><b>'.join(text)}</p>".encode(),
    "attribute.html": lambda text, _: f'<p title="{text}">x</p>'.encode(),
    "code.py": lambda text, _: f"x = '<![{text}'".encode(),
    "comment.html": lambda text, _: f"<p>x</p><!-- {text} -->".encode(),
    "script.html": lambda text, _: f"<script>{json.dumps([{'w': c} for c in text])}</script>".encode(),
    "words.json": lambda text, _: json.dumps([{"text": c, "start_ms": 99} for c in text]).encode(),
    "lines.jsonl": lambda text, _: b'{"a": 1}\n' + json.dumps({"b": text}).encode(),
    "encoded.html": lambda text, _: b"<a href='data:;base64," + base64.b64encode((INNOCENT + text).encode()) + b"'>",
    "a.srt": lambda text, _: "".join(f"{n}\n0:0{n} --> 0:0{n},900\n{c}\n" for n, c in enumerate(text)).encode(),
    "a.db": lambda text, folder: database(text, folder),
    "deleted.db": lambda text, folder: database(text, folder, deleted=True),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("said", ["我叫欧阳雪梅", "我的电话是13872459610"])
def test_a_planted_value_is_found_in_every_wrapping(name: str, said: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / name).write_bytes(WRAPPED[name](said, tmp_path))
    looked = Looked()
    found = search().tree(root, looked)
    assert {leak.value for leak in found} & {PHONE, "欧阳雪梅"}, name
    assert all(leak.place.startswith(name) for leak in found)
    alone = search().tree(root / name, Looked())
    assert {leak.value for leak in alone} == {leak.value for leak in found}


def test_cells_beside_each_other_are_no_number(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([138, 7245, 9610])
    book.save(tmp_path / "a.xlsx")
    assert search().tree(tmp_path, Looked()) == []


def test_what_lies_in_a_database_s_log_is_found(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "a.db")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE t (a TEXT)")
    db.execute("INSERT INTO t VALUES ('幺三八七二四五九六幺零')")
    db.commit()
    assert (tmp_path / "a.db-wal").stat().st_size
    assert "a.db!t.a" in {leak.place for leak in search().tree(tmp_path, Looked())}
    db.close()


def test_a_place_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        search().tree(tmp_path / "nothing", Looked())


@pytest.mark.parametrize(
    "text",
    [
        "幺三八七二四五九六幺零",
        "一三八，七二四五，九六一零",
        "138-7245-9610",
        "１３８ ７２４５ ９６１０",
        "壹叁捌柒贰肆伍玖陆壹零",
        "三八拐两四五",  # six of them in a row
        "客户：幺三八 00:12 坐席：嗯 客户：七二四五",
        "云兰路三百八十八号",
        "欧 阳 雪 梅",
        "欧洋学妹您好",
    ],
)
def test_every_written_and_spoken_form_is_found(text: str) -> None:
    assert search().text("x", text)


@pytest.mark.parametrize(
    "text",
    [
        INNOCENT,
        "13872 以及 59610",
        "2026-11-04 13:87:24 13.872459",
        '{"start_ms": 724596, "digest": "a13872459610ffc0"}',
        "y" + "1cd4fe66" * 4 + "138724596" + "5d5c48b3" * 4,
        "〔号码〕您好〔姓名〕",
        "欧阳女士",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert search().text("x", text) == []


def test_five_figures_that_were_heard_stand_in_every_measure_and_give_nobody_away() -> None:
    made = Search("")
    made.add_heard("130054", PHONE)
    assert made.text("x", "low 0.8630054961") == []
    assert made.text("x", "一三零零五四")


def test_what_is_public_gives_nobody_away() -> None:
    made = Search("您好云帆物流")
    made.add_heard("云帆物流", "云凡")
    made.add_words("云帆", "云帆")
    assert made.text("x", "您好云帆物流") == []


def test_sounds_are_handed_on_and_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(WAV)
    (tmp_path / "page.html").write_bytes(
        b"<audio src='data:audio/wav;base64," + base64.b64encode(WAV + b"\1") + b"'>"
    )
    (tmp_path / "sealed").write_bytes(bytes((n * 197 + n // 7 * 91) % 256 for n in range(4000)))
    (tmp_path / "broken.zip").write_bytes(zipped("x")[:-30])
    looked = Looked()
    assert search().tree(tmp_path, looked) == []
    assert sorted(looked.sounds.values()) == ["a.wav", "page.html!base64"]
    assert looked.closed == {"encrypted or no text": 1, "damaged or locked archive": 1}
