"""A call is worked on by one process, and never waits for a dead one."""

import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from storage_samples import Samples

from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import SavedCall
from qa_pipeline.storage.lease import is_dead, this_process
from qa_pipeline.storage.schema import calls
from qa_pipeline.storage.store import SqlStore

IDS = [f"c{number:04d}" for number in range(6)]


@pytest.fixture
def pending(store: SqlStore) -> SqlStore:
    store.save([SavedCall(row=Samples.row(n, CallStatus.PENDING)) for n in range(6)])
    return store


def test_claimed_once_renewed_by_its_owner_and_released(pending: SqlStore) -> None:
    assert pending.claim(["c0003", "c0001", "c0003"], owner="a", ttl_s=60) == ("c0003", "c0001")
    assert pending.claim(["c0000", "c0001"], owner="b", ttl_s=60) == ("c0000",)
    assert pending.claim(["c0001"], owner="a", ttl_s=60) == ("c0001",)
    pending.release(["c0001"], owner="b")
    assert pending.claim(["c0001"], owner="b", ttl_s=60) == ()
    pending.release(["c0001"], owner="a")
    assert pending.claim(["c0001"], owner="b", ttl_s=60) == ("c0001",)


def test_an_unknown_call_can_t_be_claimed(pending: SqlStore) -> None:
    assert pending.claim(["nobody", "c0000"], owner="a", ttl_s=60) == ("c0000",)
    assert pending.claim([], owner="a", ttl_s=60) == ()


def test_an_expired_lease_is_free(pending: SqlStore) -> None:
    pending.claim(["c0000"], owner="elsewhere/1/x", ttl_s=3600)
    assert pending.claim(["c0000"], owner="b", ttl_s=60) == ()
    past = datetime.now(UTC) - timedelta(seconds=1)
    pending._run(lambda db: db.execute(update(calls).values(lease_until=past)), write=True)
    assert pending.claim(["c0000"], owner="b", ttl_s=60) == ("c0000",)


def test_saving_keeps_the_lease(pending: SqlStore) -> None:
    pending.claim(["c0000"], owner="a", ttl_s=60)
    pending.save([Samples.scored(0)])
    assert pending.claim(["c0000"], owner="b", ttl_s=60) == ()


def test_two_at_once_never_get_the_same_call(settings: Settings, pending: SqlStore) -> None:
    def take(owner: str) -> tuple[str, ...]:
        return tuple(i for call_id in IDS for i in pending.claim([call_id], owner=owner, ttl_s=60))

    with ThreadPoolExecutor(4) as pool:
        got = [call_id for ids in pool.map(take, "abcd") for call_id in ids]
    assert sorted(got) == IDS


def test_a_living_process_is_not_dead() -> None:
    assert not is_dead(this_process())
    other = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom qa_pipeline.storage.lease import this_process\n"
            "print(this_process(), flush=True)\nsys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    owner = other.stdout.readline().strip()
    assert owner != this_process()
    assert not is_dead(owner)
    os.kill(other.pid, signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(owner)  # killed, and nobody has collected it yet
    other.communicate()
    assert is_dead(owner)


def test_who_can_t_be_asked_counts_as_alive() -> None:
    host, pid, start = this_process().rsplit("/", 2)
    assert not is_dead(f"elsewhere.{host}/{pid}/{start}")
    assert not is_dead("odd")
    assert not is_dead(f"{host}/nan/{start}")
    assert is_dead(f"{host}/{pid}/0{start}")  # the same id, another process
    assert is_dead(f"{host}/{2**22 + 1}/{start}")  # above the kernel's greatest id


def _claim_and_stay(settings: Settings, ready) -> None:  # type: ignore[no-untyped-def]
    SqlStore(settings).claim(IDS, owner=this_process(), ttl_s=3600)
    ready.send(True)
    signal.pause()


def test_the_lease_of_a_killed_process_is_free(settings: Settings, pending: SqlStore) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_claim_and_stay, args=(settings, theirs))
    child.start()
    assert ours.recv()
    assert pending.claim(IDS, owner=this_process(), ttl_s=60) == ()
    child.kill()
    child.join()
    assert pending.claim(IDS, owner=this_process(), ttl_s=60) == tuple(IDS)
