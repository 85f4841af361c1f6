"""What was heard is kept encrypted: the cipher, the shape of what is stored, and where the key lies.

AES-SIV (RFC 5297, AES-256): equal values give equal bytes, as content-addressed files should, and there is no nonce to
use twice. The name under which something is stored is authenticated with it, so that a swapped file is noticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.disk import sync_folder, write_once
from qa_pipeline.storage.faults import file_error

FORMAT = "qa-seal/1"
_MAGIC = b"QASEAL1\n"
_FINGERPRINT_BYTES = 8
HEADER_BYTES = len(_MAGIC) + _FINGERPRINT_BYTES
_KEY_BYTES = 64
IN_ENVIRONMENT = "QA_SEAL_KEY"
"""Source of a key that is in no file."""

log = logging.getLogger(__name__)


class Seal:
    """Encrypts and decrypts with one key.

    Attributes:
        fingerprint: 16 hexadecimal digits that tell keys apart; the key can't be had from them.
        source: where the key came from: the name of the setting, or the path of the key file.
    """

    def __init__(self, key: bytes, source: str) -> None:
        self._cipher = AESSIV(key)
        self.fingerprint = (
            hashlib.sha256(f"{FORMAT} fingerprint".encode() + key).digest()[:_FINGERPRINT_BYTES].hex()
        )
        self.source = source

    def close(self, data: bytes, name: str) -> bytes:
        """Encrypted for the place ``name``: header with the fingerprint, tag (16 bytes), cipher text."""
        header = _MAGIC + bytes.fromhex(self.fingerprint)
        return header + self._cipher.encrypt(data, [header, name.encode()])

    def open(self, sealed: bytes, name: str) -> bytes:
        """What :meth:`close` was given.

        Raises:
            ValueError: damaged, or written for another place.
        """
        try:
            return self._cipher.decrypt(sealed[HEADER_BYTES:], [sealed[:HEADER_BYTES], name.encode()])
        except InvalidTag as exc:
            raise ValueError("sealed bytes are damaged or belong elsewhere") from exc


def sealed_by(data: bytes) -> str | None:
    """The fingerprint of the key that closed ``data`` (its header suffices); None where it is not sealed at all."""
    if len(data) < HEADER_BYTES or not data.startswith(_MAGIC):
        return None
    return data[len(_MAGIC) : HEADER_BYTES].hex()


def key_file(settings: Settings) -> Path:
    """Where the key lies unless the environment holds it."""
    return (settings.seal_key_file or settings.data_dir / "seal.key").absolute()


def find_seals(settings: Settings) -> tuple[Seal, ...]:
    """The seals of these settings; none where no key was ever made (or it is lost).

    While keys are being changed there are several, the newest first: all open, and the place's mark says which closes.

    Raises:
        SetupError: ``seal.bad_key``: what should be a key is none; its text is not in the error.
        StorageError: the key file can't be read.
    """
    if settings.seal_key is not None:
        text, source = settings.seal_key.get_secret_value().encode(), IN_ENVIRONMENT
    else:
        path = key_file(settings)
        source = str(path)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as exc:
            raise file_error(exc, path) from exc
    if not text.split():
        raise SetupError("seal.bad_key", source=source)
    return tuple(Seal(_decoded(one, source), source) for one in text.split())


def make_seal(settings: Settings) -> Seal:
    """Make the key file, readable by its owner only; where another process was quicker, its key is ours.

    Raises:
        SetupError | StorageError: it can't be written, or what the other wrote is no key.
    """
    path = key_file(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if write_once(path, new_key() + b"\n", mode=0o600):
            log.warning("made the encryption key %s: back it up", path)
    except OSError as exc:
        raise file_error(exc, path) from exc
    seals = find_seals(settings)
    if not seals:
        raise SetupError("seal.bad_key", source=str(path))
    return seals[0]


def new_key() -> bytes:
    """A key as it stands in the file."""
    return base64.b64encode(os.urandom(_KEY_BYTES))


def add_key(settings: Settings) -> None:
    """Put a new key in front of those in the key file.

    Raises:
        StorageError | SetupError: the file can't be replaced; it is as it was.
    """
    path = key_file(settings)
    try:
        _replace_keys(path, [new_key(), *path.read_bytes().split()])
    except OSError as exc:
        raise file_error(exc, path) from exc


def drop_keys(settings: Settings, *, keep: str) -> None:
    """Leave only the key with that fingerprint in the key file.

    Raises:
        StorageError | SetupError: the file can't be replaced; it is as it was.
    """
    path = key_file(settings)
    try:
        keys = path.read_bytes().split()
        kept = [one for one in keys if Seal(_decoded(one, str(path)), str(path)).fingerprint == keep]
        if not kept:  # somebody put another file there; it must not be emptied
            raise SetupError("seal.key_lost", path=path.parent, key_file=path, fingerprint=keep)
        if kept != keys:
            _replace_keys(path, kept[:1])
        else:
            _sweep(path.resolve())
    except OSError as exc:
        raise file_error(exc, path) from exc


def _replace_keys(path: Path, keys: list[bytes]) -> None:
    """Whole or not at all; whoever could read the file before can read it then, and nobody else."""
    path = path.resolve()  # a link goes on pointing to it
    _sweep(path)
    was = path.stat()
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, was.st_uid, was.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(was.st_mode))
            file.write(b"\n".join(keys) + b"\n")
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def _sweep(path: Path) -> None:
    """Remove copies of keys that killed processes left beside the key file; the caller is alone."""
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)


def _decoded(text: bytes, source: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        # Not "from": what was found may be most of a key, and must not end up in a log.
        raise SetupError("seal.bad_key", source=source)
    return key
