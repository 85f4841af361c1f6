"""The metadata file: every fault with its line, all at once; every cell is text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa_pipeline.domain.call import Role
from qa_pipeline.errors import CollectedErrors, InputError
from qa_pipeline.pipeline.calls_csv import CallsFile, read_calls
from qa_pipeline.pipeline.inputs import Source

TZ = "Asia/Shanghai"


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "calls.csv"
    path.write_bytes(text.encode(encoding))
    return path


def faults(tmp_path: Path, text: str) -> list[tuple[str, int | None]]:
    with pytest.raises(CollectedErrors) as caught:
        read_calls(write(tmp_path, text), TZ)
    return [(e.code, e.location.line if e.location else None) for e in caught.value.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    calls = read_calls(write(tmp_path, "file,agent_name,班组\na.wav,王小明,早班\n", encoding), TZ)
    (row,) = calls.rows
    assert (row.info.agent_name, row.info.extra) == ("王小明", {"班组": "早班"})
    assert calls.extra_columns == ("班组",)


def test_cells_are_text_and_times_are_business_time(tmp_path: Path) -> None:
    text = (
        "file,call_id,agent_id,started_at,ring_s,agent_channel\n"
        "a.wav,007,0031,2026-11-20 09:30:00,12.5,1\n"
        "b.wav,,0032,2026/11/2 9:05,,\n"
        "c.wav,,0033,2026-11-20T01:30:00Z,,0\n"
        "d.wav,,0034,2026年11月2日 9:05,,\n"
    )
    first, second, third, fourth = (r.info for r in read_calls(write(tmp_path, text), TZ).rows)
    assert (first.call_id, first.agent_id, first.ring_s) == ("007", "0031", 12.5)
    assert first.started_at == datetime(2026, 11, 20, 1, 30, tzinfo=UTC) == third.started_at
    assert second.started_at == datetime(2026, 11, 2, 1, 5, tzinfo=UTC) == fourth.started_at
    assert first.channel_roles == {0: Role.CUSTOMER, 1: Role.AGENT}
    assert second.channel_roles == {}


def test_all_faults_are_reported_with_their_lines(tmp_path: Path) -> None:
    text = (
        "file,call_id,direction,started_at,ring_s,agent_channel\n"
        "a.wav,1,sideways,yesterday,fast,left\n"
        ",2,,,,\n"
        "b.wav,1,,,-3,\n"
        "c.wav,3,,,,,,\n"
    )
    assert faults(tmp_path, text) == [
        ("csv.bad_value", 2),
        ("csv.bad_value", 2),
        ("csv.bad_value", 2),
        ("csv.bad_value", 2),
        ("csv.no_file", 3),
        ("csv.call_twice", 4),
        ("csv.bad_value", 4),
        ("csv.too_many_cells", 5),
    ]


def test_misspelt_column_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(CollectedErrors) as caught:
        read_calls(write(tmp_path, "file,agnet_id,Ring S\na.wav,1,2\n"), TZ)
    assert [e.params["nearest"] for e in caught.value.errors] == ["agent_id", "ring_s"]
    assert "agent_id" in str(caught.value)


def test_missing_and_repeated_columns(tmp_path: Path) -> None:
    assert faults(tmp_path, "name,queue,queue\na.wav,x,y\n") == [
        ("csv.no_file_column", 1),
        ("csv.column_twice", 1),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "csv.empty"), (b"\n\n", "csv.empty"), (b"\xff\xfe\xff\x00", "csv.encoding")],
)
def test_files_that_are_no_table(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_calls(path, TZ)
    assert caught.value.code == code


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_rows_after_it(tmp_path: Path) -> None:
    path = write(tmp_path, 'file,note\na.wav,"two\nlines"\nb.wav,"open\nc.wav,x\n')
    with pytest.raises(InputError) as caught:
        read_calls(path, TZ)
    assert caught.value.code == "csv.syntax"
    assert caught.value.location is not None
    assert caught.value.location.line == 4


def test_a_path_from_windows_matches_by_its_name(tmp_path: Path) -> None:
    calls = read_calls(write(tmp_path, "file,agent_id\nD:\\录音\\a.wav,3107\n"), TZ)
    source = Source(uri=str(tmp_path / "elsewhere" / "a.wav"))
    infos, orphans = calls.match([source])
    assert (infos[source.uri].call_id, infos[source.uri].agent_id, orphans) == ("a", "3107", ())


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_calls(tmp_path / "no.csv", TZ)
    assert caught.value.code == "csv.missing"


def table(tmp_path: Path, *files: str) -> CallsFile:
    rows = "".join(f"{f},a{i}\n" for i, f in enumerate(files))
    return read_calls(write(tmp_path, "file,agent_id\n" + rows), TZ)


def test_rows_match_by_path_beside_the_file_and_by_unique_name(tmp_path: Path) -> None:
    sources = [Source(uri=str(tmp_path / p)) for p in ("x/1.wav", "y/1.wav", "2.wav", "3.wav")]
    calls = read_calls(
        write(
            tmp_path, f"file,call_id,agent_id\nx/1.wav,x1,A\n{tmp_path}/y/1.wav,y1,B\nelsewhere/2.wav,,C\n"
        ),
        TZ,
    )
    infos, orphans = calls.match(sources)
    assert [infos[s.uri].agent_id for s in sources] == ["A", "B", "C", None]
    assert [infos[s.uri].call_id for s in sources] == ["x1", "y1", "2", "3"]
    assert orphans == ()


def test_ambiguous_and_doubled_rows_are_refused_and_orphans_listed(tmp_path: Path) -> None:
    sources = [Source(uri=str(tmp_path / p)) for p in ("x/1.wav", "y/1.wav", "2.wav")]
    with pytest.raises(CollectedErrors) as caught:
        table(tmp_path, "1.wav").match(sources)
    assert [e.code for e in caught.value.errors] == ["csv.ambiguous_file"]
    calls = read_calls(write(tmp_path, "file,call_id\n2.wav,p\n./2.wav,q\n"), TZ)
    with pytest.raises(CollectedErrors) as caught:
        calls.match(sources)
    assert [e.code for e in caught.value.errors] == ["csv.file_twice"]
    _, orphans = table(tmp_path, "2.wav", "gone.wav").match(sources)
    assert [o.file for o in orphans] == ["gone.wav"]


def test_ids_have_one_spelling_and_names_stay(tmp_path: Path) -> None:
    text = (
        "file,call_id,agent_id,agent_name,team_id,queue,customer_id,班组\n"
        "a.wav,Ｃ１,３１０７,Ａ王　小明,Ｔ１,ＶＩＰ,１３８\u200b00,Ｂ\n"
        "b.wav,C2,3107 ,王小明,　T1,VIP,13800,B\n"
    )
    calls = read_calls(write(tmp_path, text), TZ)
    first, second = (row.info for row in calls.rows)
    for name in ("agent_id", "team_id", "queue", "customer_id"):
        assert getattr(first, name) == getattr(second, name), name
    assert (first.agent_id, first.customer_id) == ("3107", "13800")
    assert (first.call_id, first.agent_name, first.extra) == ("Ｃ１", "Ａ王　小明", {"班组": "Ｂ"})
    assert calls.respelt == dict.fromkeys(("agent_id", "call_id", "customer_id", "queue", "team_id"), 1)
    assert faults(tmp_path, "file,call_id\na.wav,Ｃ１\nb.wav,C1\n") == [("csv.call_twice", 3)]
