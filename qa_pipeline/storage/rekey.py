"""Changing the key: everything is closed anew with another one, and at every moment everything can be opened.

1. The new key is put in front of the old one in the key file; nothing closes with it yet.
2. The place's mark names the new key: from now on it closes, and both open.
3. What an earlier key closed is opened and closed anew, until a look through the place finds nothing of the kind.
4. The old key leaves the key file, and the mark says that the change is complete.

Each step is whole or not there, and a run after a killed one begins with the first that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.artifacts import url
from qa_pipeline.storage.places import place
from qa_pipeline.storage.rekey_rows import RekeyRows
from qa_pipeline.storage.seal import (
    IN_ENVIRONMENT,
    Seal,
    add_key,
    drop_keys,
    find_seals,
    key_file,
    sealed_by,
)
from qa_pipeline.storage.seal_mark import MARKER, Mark
from qa_pipeline.storage.sealed_place import SealedPlace

_AT_ONCE = 16
"""Artifacts that are put in place in one turn: a few milliseconds on a disk, a second or two on a distant place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RekeyPlan:
    """What is to be done, looked up without a change."""

    old: str
    """Fingerprint of the key that closes now."""
    new: str | None
    """Fingerprint of the key to change to; None: it is still to be made."""
    begun: bool
    """An earlier run has begun to close with the new key."""
    total: int
    """All artifacts."""
    left: int
    """Those that the new key does not close yet."""
    unreadable: tuple[str, ...]
    """Paths that no key in hand opens: damaged, or from elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """What was done."""

    old: str
    """Fingerprint of the key that was replaced."""
    new: str
    changed: int
    """Artifacts that this run closed anew."""
    unreadable: tuple[str, ...]
    """Paths left as they are; while there are any, the change is not complete and the old key stays."""
    key_file: str | None
    """From which the old key has gone; None: the keys are in the environment, where it must be taken out by hand."""


class Rekeying:
    """The use case on a place of artifacts and the database beside it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._place = place(url(settings))
        self._sealed = SealedPlace(self._place, settings)
        self._rows = RekeyRows(settings)

    def plan(self, *, on_progress: Callable[[int], None] | None = None) -> RekeyPlan:
        """Open everything, and change nothing.

        Raises:
            SetupError: ``seal.nothing_yet``, or our key does not open this place.
            StorageError: something can't be read.
        """
        old, new = self._now_and_next()
        seals = self._in_hand()
        total = left = 0
        unreadable = []
        for key, fingerprint in self._sealed.closed_by():
            total += 1
            left += new is None or fingerprint != new
            try:
                self._opened(key, seals)
            except ValueError:
                unreadable.append(self._path(key))
            if on_progress is not None:
                on_progress(total)
        mark = self._sealed.mark()
        return RekeyPlan(
            old=old,
            new=new,
            begun=mark is not None and (mark.unfinished or new == old),
            total=total,
            left=left,
            unreadable=tuple(sorted(unreadable)),
        )

    def prepare(self) -> str:
        """Make the new key, with which nothing is closed yet; where one lies ready, or is in use, that. Its fingerprint.

        Raises:
            SetupError: ``seal.nothing_yet``, ``seal.key_in_environment``, or our key does not open this place.
            StorageError: the key file can't be written.
        """
        found = self._now_and_next()[1]
        if found is not None:
            return found

        def work() -> None:
            if self._now_and_next()[1] is not None:
                return  # another process was quicker
            if self._settings.seal_key is not None:
                raise SetupError("seal.key_in_environment")
            add_key(self._settings)

        self._rows.alone(work)
        return find_seals(self._settings)[0].fingerprint

    def apply(self, *, who: str, on_progress: Callable[[int], None] | None = None) -> Rekeyed:
        """Change the key; a run that was killed or stopped by an error is taken up where it was.

        Args:
            who: on whose word.
            on_progress: told how many artifacts were closed anew so far.

        Raises:
            SetupError: as :meth:`prepare`; ``seal.prepare_first`` where other machines may use the place.
            StorageError: the place or the database gave out; what was closed anew stays so.
        """
        if self._settings.artifact_url is not None and self._now_and_next()[1] is None:
            if self._settings.seal_key is not None:
                raise SetupError("seal.key_in_environment")
            path = key_file(self._settings)
            raise SetupError("seal.prepare_first", path=self._place.name, key_file=path)
        new = self.prepare()
        mark = self._begin(new, who)
        changed = 0

        def told(count: int) -> None:
            nonlocal changed
            changed += count
            if on_progress is not None:
                on_progress(changed)

        while True:
            num_found, unreadable = self._pass(self._sealed.right(new), told)
            if num_found == 0 or unreadable:
                break
        in_file = find_seals(self._settings)[0].source != IN_ENVIRONMENT
        if not unreadable:
            self._finish(mark, who)
        return Rekeyed(
            old=mark.replaced[-1],
            new=new,
            changed=changed,
            unreadable=tuple(sorted(map(self._path, unreadable))),
            key_file=str(key_file(self._settings)) if in_file else None,
        )

    def close(self) -> None:
        """Let go of the database."""
        self._rows.close()

    def _now_and_next(self) -> tuple[str, str | None]:
        """Fingerprints of the key that closes now and of the one to change to; None: that is still to be made."""
        mark, seals = self._sealed.mark(), find_seals(self._settings)
        closed = (fingerprint for _, fingerprint in self._sealed.closed_by() if fingerprint is not None)
        if mark is None:
            found = next(closed, None)
            if found is None and not seals:
                raise SetupError("seal.nothing_yet", path=self._place.name)
            mark = Mark(fingerprint=found or seals[0].fingerprint)
        now = self._sealed.right(mark.fingerprint).fingerprint
        if mark.unfinished:
            return now, now
        if mark.is_new(seals[0].fingerprint):
            return now, seals[0].fingerprint
        earlier = {seal.fingerprint for seal in seals} - {now}
        if earlier and any(one in earlier for one in closed):
            return now, now  # the mark that said so was lost
        return now, None

    def _begin(self, new: str, who: str) -> Mark:
        """From the return on, the new key closes."""
        now = self._sealed.current().fingerprint
        self._rows.note("seal.rekey_started", new, {"from": now, "to": new}, who=who)

        def work() -> None:
            mark = self._sealed.mark() or Mark(fingerprint=now)
            self._sealed.right(mark.fingerprint)  # another machine may have changed it to a third meanwhile
            if mark.fingerprint == new and mark.unfinished:
                return
            replaced = dict.fromkeys([*mark.replaced, *reversed(self._in_hand()), mark.fingerprint])
            replaced.pop(new, None)
            begun = Mark(fingerprint=new, replaced=tuple(replaced), unfinished=True)
            self._place.write(MARKER, begun.dumps())

        self._rows.alone(work)
        mark = self._sealed.mark()
        assert mark is not None
        return mark

    def _pass(self, seal: Seal, told: Callable[[int], None]) -> tuple[int, list[str]]:
        """Close anew what another key closed, or none; how many such artifacts there were, and those left as they are."""
        seals, num_found, unreadable = self._in_hand(), 0, []
        others = (key for key, one in self._sealed.closed_by() if one != seal.fingerprint)
        while batch := list(islice(others, _AT_ONCE)):
            num_found += len(batch)
            staged = []
            for key in batch:
                try:
                    data = self._opened(key, seals)
                except ValueError:
                    unreadable.append(key)
                    continue
                if data is not None:
                    staged.append(self._place.stage(key, seal.close(data, key)))
            if staged:
                self._rows.replace(lambda staged=staged: _each(staged))  # type: ignore[misc]
                told(len(staged))
        self._place.sync()
        return num_found, unreadable

    def _finish(self, mark: Mark, who: str) -> None:
        said = {"from": mark.replaced[-1], "to": mark.fingerprint}
        self._rows.note("seal.rekeyed", mark.fingerprint, said, who=who)
        done = Mark(fingerprint=mark.fingerprint, replaced=mark.replaced)

        def work() -> None:
            if self._settings.seal_key is None:
                drop_keys(self._settings, keep=mark.fingerprint)
            self._place.write(MARKER, done.dumps())

        self._rows.alone(work)

    def _in_hand(self) -> dict[str, Seal]:
        """By fingerprint, the newest first."""
        return {seal.fingerprint: seal for seal in find_seals(self._settings)}

    def _opened(self, key: str, seals: Mapping[str, Seal]) -> bytes | None:
        """What is stored, in the clear; None where it has gone meanwhile.

        Raises:
            ValueError: damaged, or closed with a key that is not in hand.
        """
        stored = self._place.read(key)
        if stored is None:
            return None
        fingerprint = sealed_by(stored)
        if fingerprint is None:
            codec.decompress(stored)
            return stored
        if fingerprint not in seals:
            raise ValueError(f"closed with {fingerprint}")
        return seals[fingerprint].open(stored, key)

    def _path(self, key: str) -> str:
        return f"{self._place.name}/{key}"


def _each(puts: Sequence[Callable[[], bool]]) -> None:
    for put in puts:
        put()
