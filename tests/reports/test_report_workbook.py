"""Workbooks are read back as a spreadsheet program would."""

import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from qa_pipeline.reports.workbook import Column, DictionaryWords, Table, Value, workbook

KINDS = ("text", "int", "number", "percent", "date", "time", "seconds")
WORDS = DictionaryWords(
    title="说明",
    sheet="工作表",
    column="列",
    key="代号",
    kind="类型",
    meaning="含义",
    empty="没有数据",
    kinds={kind: kind for kind in KINDS},
)
COLUMNS = (
    Column(key="agent_id", title="工号", kind="text", help="随录信息中的工号"),
    Column(key="calls", title="通数", kind="int"),
    Column(key="mean", title="平均分", kind="number"),
    Column(key="pass", title="合格率", kind="percent"),
    Column(key="day", title="日期", kind="date"),
    Column(key="at", title="时间", kind="time"),
    Column(key="start", title="秒", kind="seconds"),
)
NOON = datetime(2026, 3, 1, 12, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
ROW: tuple[Value, ...] = ("0031", 12, 84.96, 0.925, date(2026, 3, 1), NOON, 12_300)


def table(*rows: tuple[Value, ...], title: str = "坐席") -> Table:
    return Table(key="agents", title=title, columns=COLUMNS, rows=rows, note="一行一位坐席")


def written(*tables: Table) -> bytes:
    return workbook(tables, title="月报", about=("2026 年 3 月",), words=WORDS, author="qa")


def read(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_cells_have_their_types_and_formats() -> None:
    sheet = read(written(table(ROW)))["坐席"]
    cells = sheet[2]
    assert [c.value for c in cells] == [
        "0031",
        12,
        84.96,
        0.925,
        datetime(2026, 3, 1),
        datetime(2026, 3, 1, 12, 30),
        12.3,
    ]
    assert [c.data_type for c in cells] == ["s", "n", "n", "n", "d", "d", "n"]
    assert cells[3].number_format == "0.0%"
    assert sheet.freeze_panes == "B2"
    assert sheet.tables["t_agents"].ref == "A1:G2"
    assert sheet.tables["t_agents"].autoFilter is not None


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "{=1}", "http://x", "\tx"]
)
def test_no_text_becomes_a_formula_or_a_link(evil: str) -> None:
    sheet = read(written(table((evil, *ROW[1:]))))["坐席"]
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value == evil
    assert sheet["A2"].hyperlink is None


def test_every_column_is_in_the_dictionary() -> None:
    book = read(written(table(ROW)))
    assert book.sheetnames == ["说明", "坐席"]
    rows = [[c.value for c in row] for row in book["说明"].iter_rows(min_row=4)]
    assert {row[2] for row in rows if row[2]} >= {f"agents.{c.key}" for c in COLUMNS}
    assert ["坐席", "工号", "agents.agent_id", "text", "随录信息中的工号"] in rows


def test_a_table_without_rows_says_so() -> None:
    sheet = read(written(table()))["坐席"]
    assert [c.value for c in sheet[1]] == [c.title for c in COLUMNS]
    assert sheet["A2"].value == "没有数据"


def test_missing_values_are_empty_cells() -> None:
    row: tuple[Value, ...] = ("0031", 0, None, float("nan"), None, None, None)
    cells = read(written(table(row)))["坐席"][2]
    assert [c.value for c in cells] == ["0031", 0, None, None, None, None, None]


def test_sheet_names_that_the_format_refuses() -> None:
    names = read(
        written(
            table(ROW, title="A/B: 谁*需要?[培训]" + "长" * 40),
            Table(key="two", title="a b: 谁*需要?[培训]" + "长" * 40, columns=COLUMNS, rows=(ROW,)),
        )
    ).sheetnames
    assert len(names) == 3
    assert all(len(name) <= 31 for name in names)


def test_equal_tables_give_equal_bytes() -> None:
    assert written(table(ROW)) == written(table(ROW))


def test_two_columns_of_one_name_are_refused() -> None:
    twice = Table(key="t", title="t", columns=(COLUMNS[0], COLUMNS[0]), rows=(("a", "b"),))
    with pytest.raises(ValueError, match="two columns"):
        written(twice)
