"""The list of customers to be called is read as spreadsheets write it, and every fault is named with its line."""

from datetime import date
from pathlib import Path

import pytest

from qa_pipeline.errors import CollectedErrors, InputError
from qa_pipeline.pipeline.follow_up_list import read_follow_ups
from qa_pipeline.reporting.follow_ups import Due


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "名单.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_lines_are_read(tmp_path: Path, encoding: str) -> None:
    text = "customer_id,due,since,姓名\r\n0017,2026-03-09,2026/3/2,王先生\r\n\r\nK2,2026/3/9 0:00,,\r\n"
    assert read_follow_ups(written(tmp_path, text, encoding)) == (
        Due(customer_id="0017", due=date(2026, 3, 9), since=date(2026, 3, 2)),
        Due(customer_id="K2", due=date(2026, 3, 9)),
    )


def test_all_faults_come_at_once_with_their_lines(tmp_path: Path) -> None:
    text = "customer_id,due,since\n,2026-03-09\nK1,soon\nK2,2026-03-09,2026-03-10\nK3,2026-03-09\nK3,2026-03-09\nK4\n"
    with pytest.raises(CollectedErrors) as error:
        read_follow_ups(written(tmp_path, text))
    found = [(e.code, e.location.line if e.location else None) for e in error.value.errors]
    assert found == [
        ("followups.no_customer", 2),
        ("followups.bad_day", 3),
        ("followups.order", 4),
        ("followups.twice", 6),
        ("followups.bad_day", 7),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "followups.empty"),
        ("\n \n", "followups.empty"),
        ("customer_id,day\nK,2026-03-09\n", "followups.no_column"),
    ],
)
def test_a_file_that_is_no_list_says_so(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_follow_ups(written(tmp_path, text))
    assert error.value.code == code


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(InputError, match="编码"):
        read_follow_ups(path)
    with pytest.raises(InputError) as error:
        read_follow_ups(tmp_path / "none.csv")
    assert error.value.code == "followups.missing"


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_customers_after_it(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError) as error:
        read_follow_ups(written(tmp_path, 'customer_id,due,备注\nK1,2026-03-09,"老客户\nK2,2026-03-09,\n'))
    assert error.value.code == "followups.syntax"
    assert error.value.location is not None and error.value.location.line == 2


def test_a_customer_in_full_width_is_the_customer_of_the_calls(tmp_path: Path) -> None:
    (due,) = read_follow_ups(written(tmp_path, "customer_id,due\nＫ１,2026-03-09\n"))
    assert due.customer_id == "K1"
