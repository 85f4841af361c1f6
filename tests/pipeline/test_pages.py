"""Files of a report are written whole or not at all, and a refusal says where and why."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from qa_pipeline.errors import InputError, StorageError
from qa_pipeline.pipeline.pages import check_folder, page_name, write_file


def test_a_full_disk_leaves_the_old_page(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    write_file(page, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(StorageError) as caught:
            write_file(page, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.code == "storage.disk_full"
    assert str(page) in str(caught.value)
    assert page.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [page]


def test_a_report_folder_that_cannot_be_made_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_folder(tmp_path / "file" / "report")
    assert caught.value.code == "input.out_unwritable"
    assert "report" in str(caught.value)


def test_page_names_are_safe_and_different() -> None:
    ids = ["a", "a/b", "a_b", "a b", "../x", "index", ".hidden", "通话一", "x" * 200, "x" * 201]
    names = [page_name(i) for i in ids]
    assert len(set(names)) == len(ids)
    assert names[0] == "a.html"
    assert names[7] == "通话一.html"
    assert all("/" not in n and not n.startswith(".") and len(n) < 100 and n != "index.html" for n in names)
