"""Deletion for age: what the settings no longer allow to be kept goes, a batch at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from qa_pipeline.audio.workspace import Workspace
from qa_pipeline.errors import QaError
from qa_pipeline.pipeline.keeping import SETTING, cutoffs, keep_days
from qa_pipeline.pipeline.owed import pay
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts
from qa_pipeline.storage.keep_base import DueCount, KeepStore, Kept, Place

BATCH = 200
"""Calls a transaction: some tenths of a second in which nobody else can write."""
_PAUSE_S = 0.12
"""Between two. SQLite has no queue: who waits looks every 0.1 s, and without a pause might never find the lock free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge has deleted."""

    purge: int | None
    """Its number; None where nothing was due."""
    calls: Mapping[Kept, int]
    files: int
    left: tuple[QaError, ...]
    """What could not be deleted; the next purge tries again."""

    @property
    def exit_code(self) -> int:
        """1 where something is left."""
        return 1 if self.left else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Purging:
    """The use case on its ports."""

    store: KeepStore
    artifacts: Artifacts
    settings: Settings

    def due(self, today: date) -> dict[Kept, DueCount]:
        """What would go; what is kept for ever is missing.

        Raises:
            InputError | CollectedErrors: contradictory settings (``keep.*``).
        """
        return {what: self.store.due(what, before) for what, before in cutoffs(self.settings, today).items()}

    def apply(
        self, today: date, *, who: str, on_progress: Callable[[Kept, int], None] | None = None
    ) -> Purged:
        """Delete it. A run that is killed loses nothing: the next one goes on.

        Args:
            today: the business day.
            who: on whose word.
            on_progress: told what was deleted of how many calls, after each batch.

        Raises:
            InputError | CollectedErrors: contradictory settings (``keep.*``).
            StorageError: the database gave out; what was committed stays.
        """
        days, before = keep_days(self.settings), cutoffs(self.settings, today)
        due = self.due(today)
        counts = dict.fromkeys(before, 0)
        purge = None
        if any(count.num_calls for count in due.values()):
            purge = self.store.begin(
                rules={SETTING[what]: number for what, number in days.items()},
                scorecards_before=before.get(Kept.SCORECARD)
                if due.get(Kept.SCORECARD, _NONE).num_calls
                else None,
                who=who,
            )
            for what, day in before.items():
                after: Place | None = None
                rule = f"{SETTING[what]}={days[what]}"
                while due[what].num_calls:
                    done, after = self.store.purge_batch(
                        purge, what, day, after=after, limit=BATCH, rule=rule, who=who
                    )
                    counts[what] += done
                    if on_progress is not None:
                        on_progress(what, done)
                    if after is None:
                        break
                    time.sleep(_PAUSE_S)
        paid = pay(self.store, self.artifacts)
        left = [*paid.left, *sweep_copies(self.settings)]
        files = paid.artifacts + paid.files
        if purge is not None:
            self.store.end(purge, {what.value: n for what, n in counts.items()} | {"files": files}, who=who)
        return Purged(purge=purge, calls=counts, files=files, left=tuple(left))


def sweep_copies(settings: Settings) -> list[QaError]:
    """Remove copies of recordings that killed processes left in our temporary folder; returns why it could not be done."""
    folder = settings.data_dir / "tmp"
    if not folder.is_dir():
        return []
    try:
        with Workspace(folder).folder():  # making one sweeps the others
            return []
    except QaError as error:
        return [error]


_NONE = DueCount()
