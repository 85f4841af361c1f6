"""The mark in a place of artifacts: which key closes here, and whether the change to it is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass

from qa_pipeline.storage import codec
from qa_pipeline.storage.seal import FORMAT

MARKER = "seal.json"
"""Lies in the place itself, so that no second key is begun there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What ``seal.json`` says."""

    fingerprint: str
    """Of the key that closes everything from now on."""
    replaced: tuple[str, ...] = ()
    """Fingerprints of earlier keys, so that a machine that still has one of them can be told what to do."""
    unfinished: bool = False
    """Something may still be closed with an earlier key."""

    def is_new(self, fingerprint: str) -> bool:
        """Whether a key never closed anything here."""
        return fingerprint not in (self.fingerprint, *self.replaced)

    def dumps(self) -> bytes:
        """As it is stored."""
        said: dict[str, object] = {"fingerprint": self.fingerprint, "format": FORMAT}
        if self.replaced:
            said["replaced"] = self.replaced
        if self.unfinished:
            said["unfinished"] = True
        return codec.canonical(said).encode() + b"\n"

    @classmethod
    def loads(cls, text: bytes) -> Mark:
        """What :meth:`dumps` wrote.

        Raises:
            ValueError: it is damaged.
        """
        try:
            said = json.loads(text)
            if said["format"] != FORMAT:
                raise ValueError(said["format"])
            return cls(
                fingerprint=str(said["fingerprint"]),
                replaced=tuple(map(str, said.get("replaced", ()))),
                unfinished=bool(said.get("unfinished")),
            )
        except (TypeError, KeyError) as exc:
            raise ValueError(str(exc)) from exc
