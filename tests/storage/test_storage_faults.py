"""What can go wrong under a database, made to go wrong for real, and what the user is told."""

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from storage_samples import Samples

from qa_pipeline.errors import QaError, SetupError, StorageError
from qa_pipeline.i18n import error_text
from qa_pipeline.settings import Settings
from qa_pipeline.storage import database
from qa_pipeline.storage.faults import database_error, is_busy
from qa_pipeline.storage.store import SqlStore


@pytest.fixture
def local(tmp_path: Path) -> Settings:
    """SQLite, whatever the other tests run on."""
    settings = Settings(data_dir=tmp_path / "data")
    store = open_(settings)
    store.register_rubric(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, "rubric: inbound_enquiry\n")
    store.save([Samples.scored(1)])
    store.close()
    return settings


def open_(settings: Settings) -> SqlStore:
    return SqlStore(settings, lock_wait_s=0.2)


def fails(code: str, store: SqlStore) -> QaError:
    """``check`` must fail so, in words that name the place and the next step, in both languages."""
    with pytest.raises((StorageError, SetupError)) as caught:
        store.check()
    store.close()
    assert caught.value.code == code
    for lang in ("zh", "en"):
        assert store._database.path in error_text(caught.value, lang)
    return caught.value


def test_locked_by_another_process(local: Settings) -> None:
    code = (
        "import sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE')\nprint('locked', flush=True)\nsys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(local.data_dir / "qa.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "locked"
    store = open_(local)
    assert store.scorecard("c0001") == Samples.card(1)  # readers never wait
    fails("storage.locked", store)
    holder.communicate()
    store.check()  # free again
    store.close()


def test_a_short_lock_is_waited_for(local: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(local.data_dir / "qa.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    store = SqlStore(local, lock_wait_s=30)
    waits = []

    def free(_connection: object) -> None:
        waits.append(1)
        other.execute("ROLLBACK") if other.in_transaction else None

    monkeypatch.setattr(database, "_BUSY_SLICE_S", 0.0)  # no waiting inside SQLite: our own retry is on trial
    event.listen(store._database.engine, "rollback", free)
    store.check()
    assert waits
    store.close()
    other.close()


def _as_nobody(settings: Settings, work: str, connection) -> None:  # type: ignore[no-untyped-def]
    if os.getuid() == 0:  # permissions bind everybody but root
        os.setgid(65534)
        os.setuid(65534)
    store = open_(settings)
    try:
        store.check() if work == "check" else store.call("c0001")
    except QaError as error:
        connection.send(error)
    else:
        connection.send(None)


def as_nobody(settings: Settings, work: str = "check") -> QaError:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_as_nobody, args=(settings, work, theirs))
    child.start()
    child.join()
    assert ours.poll()
    error: QaError = ours.recv()
    return error


@pytest.mark.parametrize("files", ["folder", "file", "unreadable", "absent"])
def test_no_permission(local: Settings, tmp_path: Path, files: str) -> None:
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    database = local.data_dir / "qa.db"
    local.data_dir.chmod(0o555 if files in ("folder", "absent") else 0o777)
    database.chmod(0o000 if files == "unreadable" else 0o444)
    settings = local
    if files == "absent":
        settings = Settings(data_dir=local.data_dir / "new")
    error = as_nobody(settings)
    local.data_dir.chmod(0o755)
    assert error.code == "storage.read_only"
    assert str(settings.data_dir) in str(error)


def test_read_only_connection(local: Settings) -> None:
    url = f"sqlite:///file:{local.data_dir / 'qa.db'}?mode=ro&uri=true"
    store = open_(Settings(database_url=url))
    assert store.scorecard("c0001") == Samples.card(1)
    error = fails("storage.read_only", store)
    assert error.exit_code == 3


@contextmanager
def limited_pages(store: SqlStore) -> Iterator[None]:
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    engine = store._database.engine
    event.listen(engine, "connect", connect)
    yield
    event.remove(engine, "connect", connect)


def test_disk_full_keeps_what_was_committed(local: Settings) -> None:
    store = open_(local)
    with limited_pages(store), pytest.raises(StorageError) as caught:
        for start in range(2, 2000, 8):
            store.save([Samples.scored(n) for n in range(start, start + 8)])
    assert caught.value.code == "storage.disk_full"
    assert str(local.data_dir / "qa.db") in str(caught.value)
    assert "磁盘已满" in str(caught.value)
    store.close()
    again = open_(local)
    kept = [row.info.call_id for row in again.calls()]
    assert (len(kept) - 1) % 8 == 0  # whole batches only
    assert all(again.scorecard(call_id) is not None for call_id in kept)
    assert again.verify_audit()[1] is None
    again.save([Samples.scored(n) for n in range(start, start + 8)])  # room again: it goes on
    again.close()


_QUOTA = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from storage_samples import Samples
from qa_pipeline.errors import StorageError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore
store = SqlStore(Settings(data_dir=Path(sys.argv[1])))
store.check()
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    for start in range(2, 4000, 8):
        store.save([Samples.scored(n) for n in range(start, start + 8)])
except StorageError as error:
    print(error.code)
"""


def test_a_file_that_may_not_grow(local: Settings) -> None:
    command = [sys.executable, "-c", _QUOTA, str(local.data_dir), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("storage.disk_full", "storage.io_failed")
    again = open_(local)
    assert again._run(lambda db: db.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
    assert (len(list(again.calls())) - 1) % 8 == 0
    again.close()


@pytest.mark.parametrize("content", [b"this is no database\n" * 500, b"\x00" * 5000])
def test_not_a_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "qa.db").write_bytes(content)
    fails("storage.corrupt", open_(Settings(data_dir=tmp_path)))
    assert (tmp_path / "qa.db").read_bytes() == content


def test_a_damaged_database(local: Settings) -> None:
    database = local.data_dir / "qa.db"
    data = bytearray(database.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 64] = b"\xff" * 64
    database.write_bytes(data)
    fails("storage.corrupt", open_(local))


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "qa.db").mkdir()
    fails("storage.cannot_open", open_(Settings(data_dir=tmp_path)))


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(SetupError) as caught:
        open_(Settings(data_dir=tmp_path / "data")).check()
    assert caught.value.code == "storage.cannot_open"


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "oracle", "postgresql://u:secret@h:port/d", ""])
def test_a_bad_address(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        SqlStore(Settings(database_url=url))
    assert caught.value.code == "storage.bad_url"
    assert "secret" not in str(caught.value)
    assert "QA_DATABASE_URL" in str(caught.value)


def test_a_server_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    error = fails("storage.no_driver", open_(Settings(database_url="postgresql://u:secret@h/d")))
    assert "secret" not in str(error)
    assert "psycopg" in str(error)


class ServerError(Exception):
    """What psycopg raises, as far as we look at it."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("the server's words\nand a second line")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "storage.disk_full"),
        ("25006", "storage.read_only"),
        ("42501", "storage.read_only"),
        ("3F000", "storage.read_only"),
        ("3D000", "storage.unreachable"),
        ("28P01", "storage.unreachable"),
        ("57P01", "storage.unreachable"),
        ("08006", "storage.unreachable"),
        ("53300", "storage.unreachable"),
        ("XX001", "storage.corrupt"),
        ("58030", "storage.io_failed"),
        ("23505", None),
        ("42601", None),
    ],
)
def test_what_a_server_says(state: str, code: str | None) -> None:
    error = database_error(DBAPIError("SELECT 1", None, ServerError(state)), "db.example:5432/qa")
    assert (error.code if error else None) == code
    if error:
        assert "db.example:5432/qa" in str(error)
        assert "second line" not in str(error)


@pytest.mark.parametrize(
    ("state", "busy"), [("55P03", True), ("40P01", True), ("40001", True), ("53100", False), (None, False)]
)
def test_what_is_worth_waiting_for(state: str | None, busy: bool) -> None:
    assert is_busy(DBAPIError("SELECT 1", None, ServerError(state))) is busy


def test_the_store_opens_again_after_close_and_after_a_fork(local: Settings) -> None:
    store = open_(local)
    store.check()
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=lambda: theirs.send(store.call("c0001")))
    child.start()
    assert ours.recv() == store.call("c0001")
    child.join()
    store.close()
    assert store.scorecard("c0001") == Samples.card(1)
    store.close()
