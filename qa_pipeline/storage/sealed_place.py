"""A place whose artifacts are all sealed with one key, and that refuses any other key."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from qa_pipeline.errors import SetupError, StorageError
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.places import Place
from qa_pipeline.storage.seal import FORMAT, HEADER_BYTES, Seal, find_seal, key_file, make_seal, sealed_by

_MARKER = "seal.json"
"""Says in the place itself which key it is sealed with, so that no second one is begun."""


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
    num_foreign: int
    """Sealed with another key, or damaged in their first bytes."""
    num_plain: int
    """Written before artifacts were sealed: anybody who can read the file can read the words."""


class SealedPlace:
    """Bytes by key, encrypted on the way in and decrypted on the way out."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self._place = place
        self._settings = settings
        self._checked = False
        self._marked = False
        self._seal: Seal | None = None

    def read(self, key: str) -> bytes | None:
        """The bytes that were written, or None. What an earlier release left in the clear is sealed on the way.

        Raises:
            ValueError: damaged, or brought here from another key.
            SetupError: ``seal.key_lost``, ``seal.other_key``, ``seal.bad_key``, ``seal.bad_marker``; nothing is touched.
            StorageError: it can't be read.
        """
        self._check()
        stored = self._place.read(key)
        if stored is None:
            return None
        fingerprint = sealed_by(stored)
        if fingerprint is not None:
            return self._right(fingerprint, key).open(stored, key)
        codec.decompress(stored)
        with suppress(StorageError):  # a store on a read-only disk can still be read
            self.write(key, stored)
        return stored

    def write(self, key: str, data: bytes) -> None:
        """Seal and write; the key is made at the first use.

        Raises:
            SetupError | StorageError: as :meth:`read`, and where it can't be written.
        """
        self._place.write(key, self._writing().close(data, key))

    def remove(self, key: str) -> None:
        """Delete; needs no key."""
        self._place.remove(key)

    def seal_rest(self) -> int:
        """Seal what an earlier release left in the clear; returns how many artifacts that were.

        A damaged one counts as none, here as wherever it is met, and is removed.
        """
        self._check()
        count = 0
        for key in self._place.listing():
            if sealed_by(self._place.head(key, HEADER_BYTES)) is not None:
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
        ours = self._seal.fingerprint if self._seal else None
        found = [sealed_by(self._place.head(key, HEADER_BYTES)) for key in self._place.listing()]
        path = key_file(self._settings)
        source = self._seal.source if self._seal else None
        return SealState(
            key_file=str(path),
            source=source,
            fingerprint=ours,
            mode=stat.S_IMODE(path.stat().st_mode) if source == str(path) else None,
            num_sealed=sum(one is not None and one == ours for one in found),
            num_foreign=sum(one is not None and one != ours for one in found),
            num_plain=found.count(None),
        )

    def _check(self) -> None:
        """Once a process, before anything else: is our key this place's key?

        A wrong key must stop a night at its first call, not after an hour of recognising what can't be kept.
        """
        if self._checked:
            return
        self._seal = find_seal(self._settings)
        marked = self._marked_with()
        if marked is not None:
            self._right(marked)
            self._marked = True
        self._checked = True

    def _writing(self) -> Seal:
        """The seal for writing. In a place without a mark, a key is only made where nothing is sealed yet."""
        self._check()
        if self._marked and self._seal is not None:
            return self._seal
        for fingerprint in self._fingerprints():
            self._right(fingerprint)
            break
        seal = self._seal or make_seal(self._settings)
        mark = {"fingerprint": seal.fingerprint, "format": FORMAT}
        self._place.create(_MARKER, codec.canonical(mark).encode() + b"\n")
        self._seal = seal
        self._right(self._marked_with() or seal.fingerprint)  # another machine may have been quicker
        self._marked = True
        return seal

    def _fingerprints(self) -> Iterator[str]:
        for key in self._place.listing():
            fingerprint = sealed_by(self._place.head(key, HEADER_BYTES))
            if fingerprint is not None:
                yield fingerprint

    def _marked_with(self) -> str | None:
        text = self._place.read(_MARKER)
        if text is None:
            return None
        try:
            mark = json.loads(text)
            if mark["format"] != FORMAT:
                raise ValueError(mark["format"])
            return str(mark["fingerprint"])
        except (ValueError, TypeError, KeyError) as exc:
            raise SetupError("seal.bad_marker", path=f"{self._place.name}/{_MARKER}") from exc

    def _right(self, fingerprint: str, key: str | None = None) -> Seal:
        """Our seal, if it has that fingerprint."""
        path = f"{self._place.name}/{key}" if key else self._place.name
        if self._seal is None:  # unless another process made the key since we looked
            self._seal = find_seal(self._settings)
        if self._seal is None:
            raise SetupError(
                "seal.key_lost", path=path, key_file=key_file(self._settings), fingerprint=fingerprint
            )
        if self._seal.fingerprint != fingerprint:
            raise SetupError(
                "seal.other_key",
                path=path,
                source=self._seal.source,
                ours=self._seal.fingerprint,
                fingerprint=fingerprint,
            )
        return self._seal
