"""Keeps the flows served: with Prefect's server at ``PREFECT_API_URL``, or with one of our own beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import click

from qa_pipeline.cli.common import message
from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings

HOST, PORT = "127.0.0.1", 4200
"""Prefect's own defaults; nobody but this machine can reach them."""
START_S = 180
MANUAL = ("score_recordings", "daily", "weekly", "monthly", "clips")
"""Flows that people start from Prefect's page; the nightly one has a schedule."""


def serve(settings: Settings) -> None:
    """Serve all flows until interrupted.

    Raises:
        SetupError: ``schedule.no_server``.
    """
    shared = "PREFECT_API_URL" in os.environ
    with _server() as url:
        from prefect import serve as serve_flows
        from prefect.client.schemas.objects import ConcurrencyLimitConfig
        from prefect.schedules import Cron
        from prefect.types.entrypoint import EntrypointType

        from qa_pipeline import resources

        hour, minute = settings.night_at.split(":")
        # Machines that share a server each have a night of their own; leases on calls divide the work.
        name = f"nightly-{socket.gethostname()}" if shared else "nightly"
        nightly = resources.flow_module("nightly").nightly.to_deployment(
            name,
            schedule=Cron(f"{int(minute)} {int(hour)} * * *", timezone=settings.business_tz),
            # A night that takes longer than a day must not meet the next one.
            concurrency_limit=ConcurrencyLimitConfig(limit=1),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        manual = [
            getattr(resources.flow_module(name), name).to_deployment(
                name.replace("_", "-"), entrypoint_type=EntrypointType.MODULE_PATH
            )
            for name in MANUAL
        ]
        click.echo(
            message(
                "serving",
                at=settings.night_at,
                tz=settings.business_tz,
                watch="; ".join(settings.watch),
                url=url.removesuffix("/api"),
            ),
            err=True,
        )
        serve_flows(nightly, *manual, print_starting_message=False)


@contextmanager
def _server() -> Iterator[str]:
    """The address of a server that answers."""
    known = os.environ.get("PREFECT_API_URL")
    if known:
        yield known
        return
    url = f"http://{HOST}:{PORT}/api"
    if _answers(url):
        os.environ["PREFECT_API_URL"] = url
        yield url
        return
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(PORT)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_S
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SetupError("schedule.no_server", url=url)
            time.sleep(0.5)
        os.environ["PREFECT_API_URL"] = url
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False
