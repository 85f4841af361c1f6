"""Whether the agent, team or queue that a user named ever had a call: a misspelt one would look like one without calls."""

from __future__ import annotations

import difflib
from typing import Protocol

from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.errors import InputError


class Names(Protocol):
    """What knows them: :class:`qa_pipeline.storage.report_base.ReportStore`."""

    def names(self, kind: ScopeKind) -> tuple[str, ...]:
        """All agents, teams or queues that ever had a call, in order."""


def unknown(scope: Scope, store: Names) -> InputError | None:
    """``input.unknown_scope`` with the nearest names; None where the scope has calls, or is the centre."""
    if scope.kind is ScopeKind.CENTRE or scope.id == "":  # "": calls that name none
        return None
    names = store.names(scope.kind)
    if scope.id in names:
        return None
    near = difflib.get_close_matches(scope.id, names, n=3, cutoff=0.5) or names[:3]
    return InputError(
        "input.unknown_scope", option=f"--{scope.kind.value}", name=scope.id, near="、".join(near) or "—"
    )


def refuse_unknown(scope: Scope, store: Names) -> None:
    """For what would come out empty.

    Raises:
        InputError: ``input.unknown_scope``.
    """
    error = unknown(scope, store)
    if error is not None:
        raise error
