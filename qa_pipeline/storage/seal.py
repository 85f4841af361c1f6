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
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.faults import file_error
from qa_pipeline.storage.places import write_once

FORMAT = "qa-seal/1"
_MAGIC = b"QASEAL1\n"
_FINGERPRINT_BYTES = 8
HEADER_BYTES = len(_MAGIC) + _FINGERPRINT_BYTES
_KEY_BYTES = 64
_IN_ENVIRONMENT = "QA_SEAL_KEY"

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


def find_seal(settings: Settings) -> Seal | None:
    """The seal of these settings; None where no key was ever made (or it is lost).

    Raises:
        SetupError: ``seal.bad_key``: what should be the key is none; its text is not in the error.
        StorageError: the key file can't be read.
    """
    if settings.seal_key is not None:
        return Seal(_decoded(settings.seal_key.get_secret_value().encode(), _IN_ENVIRONMENT), _IN_ENVIRONMENT)
    path = key_file(settings)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise file_error(exc, path) from exc
    return Seal(_decoded(text, str(path)), str(path))


def make_seal(settings: Settings) -> Seal:
    """Make the key file, readable by its owner only; where another process was quicker, its key is ours.

    Raises:
        SetupError | StorageError: it can't be written, or what the other wrote is no key.
    """
    path = key_file(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if write_once(path, base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n", mode=0o600):
            log.warning("made the encryption key %s: back it up", path)
    except OSError as exc:
        raise file_error(exc, path) from exc
    seal = find_seal(settings)
    if seal is None:
        raise SetupError("seal.bad_key", source=str(path))
    return seal


def _decoded(text: bytes, source: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        # Not "from": what was found may be most of a key, and must not end up in a log.
        raise SetupError("seal.bad_key", source=source)
    return key
