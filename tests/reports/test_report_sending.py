"""The list that is sent on: as CSV, and by webhook."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from qa_pipeline.reports.report_csv import table_csv
from qa_pipeline.reports.report_webhook import post
from qa_pipeline.reports.workbook import Column, Table, Value

COLUMNS = (
    Column(key="call", title="通话", kind="text"),
    Column(key="start", title="秒", kind="seconds"),
    Column(key="at", title="时间", kind="time"),
    Column(key="n", title="数", kind="number"),
)


def lines(*rows: tuple[Value, ...]) -> list[list[str]]:
    content = table_csv(Table(key="t", title="t", columns=COLUMNS, rows=rows))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_rows_and_headings() -> None:
    at = datetime(2026, 3, 1, 4, tzinfo=UTC)
    assert lines(("001", 12_300, at, -1.5), ("a,b\n", None, date(2026, 3, 1), None)) == [
        ["通话", "秒", "时间", "数"],
        ["001", "12.3", "2026-03-01 04:00:00+00:00", "-1.5"],
        ["a,b\n", "", "2026-03-01", ""],
    ]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_no_text_is_run(evil: str) -> None:
    assert lines((evil, None, None, None))[1][0] == f"'{evil}"


@contextmanager
def receiver(status: int) -> Iterator[tuple[str, list[object]]]:
    got: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook?key=secret", got
        finally:
            server.shutdown()
            thread.join()


def test_what_is_posted_arrives() -> None:
    with receiver(204) as (url, got):
        assert post(url, {"suspected": 2, "班组": "华东一组"}) is None
    assert got == [{"suspected": 2, "班组": "华东一组"}]


def test_a_refusal_is_said_without_the_key() -> None:
    with receiver(500) as (url, _):
        reason = post(url, {})
    assert reason == "HTTP 500"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:1/x", "http://[bad", "nonsense"])
def test_whatever_is_wrong_with_the_address_is_said(url: str) -> None:
    reason = post(url, {})
    assert reason
