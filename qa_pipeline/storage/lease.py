"""Who works on a call: a process, named so that others of the same machine can tell whether it still runs.

An owner is ``host/pid/start``: the host name and its process-id namespace (containers on one kernel share
neither ids nor fate), the process id, and the boot with the process's start time in clock ticks since (so
that a reused id is not taken for the old process).
"""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """The owner name of the running process."""
    return _name(os.getpid())


def is_dead(owner: str) -> bool:
    """Whether the owner is certainly gone. A process of another machine, or one we can't ask about, counts as alive."""
    try:
        host, pid_text, start = owner.rsplit("/", 2)
        pid = int(pid_text)
    except ValueError:
        return False
    if not _can_tell() or host != _host():
        return False
    running = _start(pid)
    if running is None:
        return not _exists(pid)
    return start != running


@lru_cache(maxsize=4)
def _name(pid: int) -> str:
    return f"{_host()}/{pid}/{_start(pid) or 'unknown'}"


def _can_tell() -> bool:
    return (_PROC / "self" / "stat").exists()


def _host() -> str:
    try:
        namespace = (_PROC / "self" / "ns" / "pid").readlink().name
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}.{''.join(filter(str.isdigit, namespace))}"


def _start(pid: int) -> str | None:
    """Boot and start time of a running process; None where it does not run or may not be looked at."""
    try:
        boot = (_PROC / "sys" / "kernel" / "random" / "boot_id").read_text()[:8]
        # The name in brackets may itself hold brackets and blanks: what follows the last bracket is regular (proc(5)).
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    state, start_ticks = fields[0], fields[19]
    return f"{boot}.{state}" if state in "ZX" else f"{boot}.{start_ticks}"  # a zombie is nobody's old self


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # signal 0 only asks; reached on Linux alone, see _can_tell
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
