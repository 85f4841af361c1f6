"""A broken file is a recorded failure with a code and words: never a crash, never silently short."""

import os
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from odd_audio import cut, encode, settings, tone, wav

from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.errors import RecordingError
from qa_pipeline.i18n import error_text


@pytest.fixture
def reader(tmp_path: Path) -> PyAvReader:
    return PyAvReader(settings(tmp_path))


def two(seconds: float, rate: int) -> list[np.ndarray]:
    return [tone(seconds, rate), tone(seconds, rate, hz=300)]


def scratched(path: Path) -> Path:
    """Overwrites a stretch in the middle."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    for i in range(middle, middle + len(data) // 10):
        data[i] = (i * 37) & 255
    path.write_bytes(data)
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def linked(path: Path, target: str) -> Path:
    path.symlink_to(target)
    return path


def silent_video(path: Path) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return path


def two_tracks(path: Path) -> Path:
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(2)]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
            frame.sample_rate = 8000
            output.mux(stream.encode(frame))
    return path


def not_numbers(path: Path) -> Path:
    samples = tone(2, 8000)
    samples[8000:12000] = np.nan
    return wav(path, [samples], kind="f32")


def mp3(path: Path, **options: str) -> Path:
    return encode(path, two(4, 16000), 16000, "libmp3lame", options=options, bit_rate=32000)


def joined_rates(path: Path) -> Path:
    first = encode(path, two(2, 16000), 16000, "aac", bit_rate=32000).read_bytes()
    return written(path, first + encode(path, [tone(2, 8000)], 8000, "aac", bit_rate=32000).read_bytes())


DAMAGE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "missing": ("audio.missing", lambda d: d / "none.wav"),
    "a link to nothing": ("audio.dangling_link", lambda d: linked(d / "a.wav", "gone/a.wav")),
    "below a file": ("audio.missing", lambda d: written(d / "a.wav", b"x") / "b.wav"),
    "folder": ("audio.not_a_file", lambda d: d),
    "empty file": ("audio.empty", lambda d: written(d / "a.wav", b"")),
    "text renamed": (
        "audio.not_audio",
        lambda d: written(d / "a.wav", "这是一份通话记录，不是录音。\n".encode() * 400),
    ),
    "short text renamed": ("audio.not_audio", lambda d: written(d / "a.mp3", b"hello")),
    "playlist": (
        "audio.not_audio",
        lambda d: written(d / "a.wav", b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n"),
    ),
    "random bytes": (
        "audio.not_audio",
        lambda d: written(d / "a.wav", np.random.default_rng(1).bytes(50000)),
    ),
    "video without sound": ("audio.not_audio", lambda d: silent_video(d / "a.mp4")),
    "header only": ("audio.no_samples", lambda d: wav(d / "a.wav", two(0, 8000))),
    "header cut": (
        "audio.corrupt",
        lambda d: written(d / "a.wav", wav(d / "b.wav", two(1, 8000)).read_bytes()[:30]),
    ),
    "wav cut": ("audio.truncated", lambda d: cut(wav(d / "a.wav", two(3, 8000)), 0.6)),
    "mp3 cut": ("audio.truncated", lambda d: cut(mp3(d / "a.mp3"), 0.6)),
    "mp3 without count cut": (
        "audio.cut_off",
        lambda d: cut(mp3(d / "a.mp3", write_xing="0", id3v2_version="0"), 0.6),
    ),
    "flac cut": ("audio.truncated", lambda d: cut(encode(d / "a.flac", two(4, 16000), 16000, "flac"), 0.6)),
    "ogg cut": ("audio.cut_off", lambda d: cut(encode(d / "a.ogg", two(4, 16000), 16000, "libopus"), 0.6)),
    "m4a cut": ("audio.corrupt", lambda d: cut(encode(d / "a.m4a", two(4, 16000), 16000, "aac"), 0.6)),
    "amr cut": (
        "audio.cut_off",
        lambda d: cut(encode(d / "a.amr", [tone(4, 8000)], 8000, "libopencore_amrnb", bit_rate=12200), 0.601),
    ),
    "header declares more": ("audio.truncated", lambda d: wav(d / "a.wav", two(3, 8000), data_size=200_000)),
    "header declares less": (
        "audio.header_wrong",
        lambda d: wav(d / "a.wav", two(3, 8000), data_size=20_000),
    ),
    "mp3 scratched": ("audio.corrupt", lambda d: scratched(mp3(d / "a.mp3"))),
    "m4a scratched": ("audio.corrupt", lambda d: scratched(encode(d / "a.m4a", two(4, 16000), 16000, "aac"))),
    "ogg page lost": ("audio.gap", lambda d: scratched(encode(d / "a.ogg", two(4, 16000), 16000, "libopus"))),
    "three channels": ("audio.too_many_channels", lambda d: wav(d / "a.wav", [tone(1, 8000)] * 3)),
    "two tracks": ("audio.too_many_tracks", lambda d: two_tracks(d / "a.mkv")),
    "no numbers": ("audio.not_numbers", lambda d: not_numbers(d / "a.wav")),
    "two files joined": ("audio.format_changes", lambda d: joined_rates(d / "a.aac")),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_each_damage_has_its_code_and_its_words(reader: PyAvReader, tmp_path: Path, name: str) -> None:
    code, make = DAMAGE[name]
    folder = tmp_path / "in"
    folder.mkdir()
    path = make(folder)
    with pytest.raises(RecordingError) as caught, reader.open(path):
        pass
    assert caught.value.code == code
    for lang in ("zh", "en"):
        words = error_text(caught.value, lang)
        assert str(path) in words
        assert len(words.removeprefix(str(path))) > 30
    with pytest.raises(RecordingError) as copied:
        reader.listening_copy(path)
    assert copied.value.code == code
    assert list((tmp_path / "data" / "tmp").glob("*")) == []


def test_what_was_declared_and_what_was_there_is_said(reader: PyAvReader, tmp_path: Path) -> None:
    with (
        pytest.raises(RecordingError) as caught,
        reader.open(cut(wav(tmp_path / "a.wav", two(10, 8000)), 0.6)),
    ):
        pass
    assert caught.value.params["declared_s"] == 10
    assert caught.value.params["decoded_s"] == pytest.approx(6, abs=0.01)
    assert "10.0 秒" in str(caught.value)
    assert "6.0 秒" in str(caught.value)


def test_a_damaged_place_is_named_by_its_second(reader: PyAvReader, tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as caught, reader.open(scratched(mp3(tmp_path / "a.mp3"))):
        pass
    assert 1.5 < float(str(caught.value.params["at_s"])) < 2.5


def test_a_recording_longer_than_the_limit(tmp_path: Path) -> None:
    reader = PyAvReader(settings(tmp_path, max_duration_h=0.0005))
    for size in (None, 0):  # with and without a declared length
        with (
            pytest.raises(RecordingError) as caught,
            reader.open(wav(tmp_path / "a.wav", [tone(2, 8000)], data_size=size)),
        ):
            pass
        assert caught.value.code == "audio.too_long"
        assert "QA_MAX_DURATION_H" in str(caught.value)


def test_a_folder_without_permission(reader: PyAvReader, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    path = wav(folder / "a.wav", [tone(1, 8000)])
    for target in (folder, path):
        target.chmod(0)
        tmp_path.chmod(0o755)
        for parent in list(tmp_path.parents)[:3]:
            if parent.stat().st_uid == os.getuid() and parent != Path("/tmp"):
                parent.chmod(0o755)
        was_root = os.geteuid() == 0
        if was_root:
            os.seteuid(65534)  # root may read everything; nobody may not
        try:
            with pytest.raises(RecordingError) as caught:
                reader.recording_id(path)
        finally:
            if was_root:
                os.seteuid(0)
            target.chmod(0o755)
        assert caught.value.code == "audio.unreadable"
        assert str(path) in str(caught.value)
        assert "没有权限" in str(caught.value)


def test_a_file_that_changes_while_it_is_read(
    reader: PyAvReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wav(tmp_path / "a.wav", [tone(1, 8000)])
    decode = reader._child.run

    def still_copying(*args: object, **kwargs: object) -> object:
        done = decode(*args, **kwargs)  # type: ignore[arg-type]
        with path.open("ab") as file:
            file.write(b"\0\0")
        return done

    monkeypatch.setattr(reader._child, "run", still_copying)
    with pytest.raises(RecordingError) as caught, reader.open(path):
        pass
    assert caught.value.code == "audio.changed"
