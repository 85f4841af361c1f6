"""Length costs time, not memory. Four hours are measured by ``benchmarks/long_recording.py``."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
from odd_audio import mulaw, riff, tone, wav


def test_twenty_minutes_of_hold_music_take_no_more_memory_than_ten_seconds(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    time = np.arange(60 * 8000) / 8000
    notes = np.repeat(rng.choice([262, 294, 330, 392, 440, 523], 120), 4000)
    tune = sum(np.sin(2 * np.pi * k * np.cumsum(notes) / 8000) / k for k in (1, 2, 3, 4))
    tune = 0.1 * tune * np.exp(-4 * (time % 0.5))
    both = np.frombuffer(mulaw(np.repeat(tune, 2)), np.uint8).tobytes()
    path = tmp_path / "music.wav"
    path.write_bytes(riff(both * 20, tag=7, channels=2, rate=8000, bits=8))
    short = wav(tmp_path / "short.wav", [tone(10, 8000)] * 2)
    script = textwrap.dedent(
        f"""
        import json, pathlib, threading
        from qa_pipeline.audio.decode import PyAvReader
        from qa_pipeline.settings import Settings

        def own_memory():
            # Pages of the mapped samples are the system's to drop; what counts is the process's own.
            return int(pathlib.Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) // 1024

        reader = PyAvReader(Settings(data_dir=pathlib.Path({str(tmp_path / "data")!r})))
        with reader.open(pathlib.Path({str(short)!r})):
            pass
        before, peaks, done = own_memory(), [0], threading.Event()

        def watch():
            while not done.wait(0.01):
                peaks.append(own_memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        with reader.open(pathlib.Path({str(path)!r})) as audio:
            facts = audio.facts
        done.set()
        watcher.join()
        print(json.dumps([facts.recording.duration_ms, len(facts.loudness_db[0]),
                          sum(s.duration_ms for spans in facts.activity for s in spans), facts.notes,
                          max(peaks) - before]))
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    duration_ms, seconds, speech_ms, notes, grown_mib = json.loads(done.stdout)
    assert duration_ms == 20 * 60_000
    assert seconds == 20 * 60
    assert speech_ms < 0.02 * 2 * duration_ms
    assert notes == ["dual_mono", "hold_music_channel_0", "hold_music_channel_1"]
    assert grown_mib < 70, "one channel as float32 alone would need 77"
