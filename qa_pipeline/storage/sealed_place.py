"""A place whose artifacts are all sealed with one key (two while it is being changed), and that refuses any other."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from qa_pipeline.errors import SetupError, StorageError
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.places import Place
from qa_pipeline.storage.seal import HEADER_BYTES, Seal, find_seals, key_file, make_seal, sealed_by
from qa_pipeline.storage.seal_mark import MARKER, Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class SealState:
    """How a place is sealed, for ``qa doctor``."""

    key_file: str
    """Where the key lies, or will be made at the first use."""
    source: str | None
    """Where the key was found: the name of the setting, or the path of the file; None: there is none yet."""
    fingerprint: str | None
    mode: int | None
    """Permissions of the key file; None where the key is no file."""
    num_sealed: int
    num_old: int
    """Sealed with an earlier key that is still in hand."""
    num_foreign: int
    """Sealed with a key that is not in hand, or damaged in their first bytes."""
    num_plain: int
    """Written before artifacts were sealed: anybody who can read the file can read the words."""
    unfinished: bool
    """A change of the key was begun and not completed."""
    prepared: str | None
    """Fingerprint of a new key that lies ready and closes nothing yet."""


class SealedPlace:
    """Bytes by key, encrypted on the way in and decrypted on the way out."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self._place = place
        self._settings = settings
        self._checked = False
        self._seals: tuple[Seal, ...] = ()

    def read(self, key: str) -> bytes | None:
        """The bytes that were written, or None. What an earlier release left in the clear is sealed on the way.

        Raises:
            ValueError: damaged, or brought here from another key.
            SetupError: ``seal.key_lost``, ``seal.other_key``, ``seal.rekeyed``, ``seal.bad_key``, ``seal.bad_marker``;
                nothing is touched.
            StorageError: it can't be read.
        """
        self._check()
        stored = self._place.read(key)
        if stored is None:
            return None
        fingerprint = sealed_by(stored)
        if fingerprint is not None:
            return self.right(fingerprint, key).open(stored, key)
        codec.decompress(stored)
        with suppress(StorageError):  # a store on a read-only disk can still be read
            self.write(key, stored)
        return stored

    def write(self, key: str, data: bytes) -> None:
        """Seal and write; the key is made at the first use.

        Raises:
            SetupError | StorageError: as :meth:`read`, and where it can't be written.
        """
        seal = self.current()
        while True:
            self._place.write(key, seal.close(data, key))
            now = self.current()
            if now.fingerprint == seal.fingerprint:
                return
            seal = now  # the key was changed meanwhile, and who changed it may have passed by here already

    def remove(self, key: str) -> None:
        """Delete; needs no key."""
        self._place.remove(key)

    def seal_rest(self) -> int:
        """Seal what an earlier release left in the clear; returns how many artifacts that were.

        A damaged one counts as none, here as wherever it is met, and is removed.
        """
        self._check()
        count = 0
        for key, fingerprint in self.closed_by():
            if fingerprint is not None:
                continue
            stored = self._place.read(key)
            if stored is None or sealed_by(stored) is not None:
                continue
            try:
                codec.decompress(stored)
            except ValueError:
                self.remove(key)
            else:
                self.write(key, stored)
                count += 1
        return count

    def state(self) -> SealState:
        """Look through the whole place.

        Raises:
            SetupError | StorageError: the key does not open this place.
        """
        self._check()
        mark = self.mark()
        ours = {seal.fingerprint for seal in self._seals}
        first = self._seals[0] if self._seals else None
        now = mark.fingerprint if mark else first.fingerprint if first else None
        found = Counter(fingerprint for _, fingerprint in self.closed_by())
        path = key_file(self._settings)
        source = first.source if first else None
        waiting = first is not None and mark is not None and mark.is_new(first.fingerprint)
        return SealState(
            key_file=str(path),
            source=source,
            fingerprint=now,
            mode=stat.S_IMODE(path.stat().st_mode) if source == str(path) else None,
            num_sealed=0 if now is None else found[now],
            num_old=sum(found[one] for one in ours - {now}),
            num_foreign=sum(count for one, count in found.items() if one and one != now and one not in ours),
            num_plain=found[None],
            unfinished=mark is not None and mark.unfinished,
            prepared=first.fingerprint if first and waiting else None,
        )

    def closed_by(self) -> Iterator[tuple[str, str | None]]:
        """All keys of artifacts, with the fingerprint in their first bytes."""
        for key in self._place.listing():
            head = self._place.head(key, HEADER_BYTES)
            yield key, sealed_by(head)

    def mark(self) -> Mark | None:
        """What the place says of its key; None where it says nothing.

        Raises:
            SetupError: ``seal.bad_marker``.
        """
        text = self._place.read(MARKER)
        try:
            return None if text is None else Mark.loads(text)
        except ValueError as exc:
            raise SetupError("seal.bad_marker", path=f"{self._place.name}/{MARKER}") from exc

    def current(self) -> Seal:
        """The seal that closes here at this moment.

        In a place without a mark that is the one that closed what is there; only where nothing is, a key is made.

        Raises:
            SetupError | StorageError: as :meth:`read`, and where no key or mark can be written.
        """
        self._check()
        mark = self.mark()
        if mark is None:
            found = next((one for _, one in self.closed_by() if one is not None), None)
            if found is not None:
                seal = self.right(found)
            else:
                self._seals = self._seals or find_seals(self._settings) or (make_seal(self._settings),)
                seal = self._seals[0]
            self._place.create(MARKER, Mark(fingerprint=seal.fingerprint).dumps())
            mark = self.mark() or Mark(fingerprint=seal.fingerprint)  # another machine may have been quicker
        return self.right(mark.fingerprint)

    def right(self, fingerprint: str, key: str | None = None) -> Seal:
        """Our seal with that fingerprint.

        Raises:
            SetupError: ``seal.key_lost``, ``seal.other_key``, ``seal.rekeyed``: there is none.
        """
        for seal in self._seals:
            if seal.fingerprint == fingerprint:
                return seal
        self._seals = find_seals(self._settings)  # unless another process made it since we looked
        for seal in self._seals:
            if seal.fingerprint == fingerprint:
                return seal
        path = f"{self._place.name}/{key}" if key else self._place.name
        if not self._seals:
            raise SetupError(
                "seal.key_lost", path=path, key_file=key_file(self._settings), fingerprint=fingerprint
            )
        ours = {seal.fingerprint for seal in self._seals}
        mark = self.mark()
        changed = mark is not None and mark.fingerprint == fingerprint and not ours.isdisjoint(mark.replaced)
        raise SetupError(
            "seal.rekeyed" if changed else "seal.other_key",
            path=path,
            source=self._seals[0].source,
            ours=", ".join(sorted(ours)),
            fingerprint=fingerprint,
        )

    def _check(self) -> None:
        """Once a process, before anything else: is our key this place's key?

        A wrong key must stop a night at its first call, not after an hour of recognising what can't be kept.
        """
        if self._checked:
            return
        self._seals = find_seals(self._settings)
        mark = self.mark()
        if mark is not None:
            self.right(mark.fingerprint)
        self._checked = True
