"""Who is who, and when: roles, dead air and talk-over of the sample calls against their known lines.

``measure()`` hears every two-channel sample as it is, the same with its channels swapped and nothing known of them, and
its two channels mixed into one. ``make bench-speech`` prints the figures; alone: ``python -m benchmarks.speech_roles``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import wave
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from qa_pipeline import bootstrap
from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.time import Span, intersections, merge, subtract, total_ms
from qa_pipeline.pipeline.hearing import Heard, Hearing, LazyAudio
from qa_pipeline.pipeline.triage import without_voices
from qa_pipeline.settings import Settings

SAMPLES = Path(__file__).resolve().parent.parent / "sample_audio"
GOALS = {"stereo": 0.995, "swapped": 0.995, "mono": 0.95}
BOUNDARY_GOAL_MS = 200
PARTIES = (Role.AGENT, Role.CUSTOMER)


@dataclass
class Tally:
    """Adds up one way of recording over all calls."""

    right_ms: int = 0
    wrong_ms: int = 0
    unknown_ms: int = 0
    unheard_ms: int = 0
    dead_air_ms: list[int] = field(default_factory=list)
    talk_over_ms: list[int] = field(default_factory=list)
    missed: int = 0
    calls: int = 0
    unscorable: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """For the report: shares of true speech time, medians and 95th percentiles in ms."""
        told = self.right_ms + self.wrong_ms
        heard = told + self.unknown_ms
        return {
            "calls": self.calls,
            "role_accuracy": round(self.right_ms / told, 4) if told else None,
            "left_to_nobody": round(self.unknown_ms / heard, 4) if heard else None,
            "unheard": round(self.unheard_ms / (heard + self.unheard_ms), 4) if heard else None,
            "dead_air_boundaries": _spread(self.dead_air_ms),
            "talk_over_boundaries": _spread(self.talk_over_ms),
            "silences_and_overlaps_missed": self.missed,
            "not_scorable": self.unscorable,
            "roles_unsure": self.unsure,
        }


def measure(
    *, quick: bool = False, folder: Path | None = None, samples: Sequence[Path] = (SAMPLES,)
) -> dict[str, Any]:
    """Prints and returns the figures for ``stereo``, ``swapped`` and ``mono``.

    Args:
        quick: every third call only.
        folder: where what is heard is kept, so that a second run is fast; default: a temporary one.
        samples: folders with recordings and ``truth/``.
    """
    with tempfile.TemporaryDirectory() as temporary:
        root = folder or Path(temporary)
        settings = Settings(data_dir=root / "data")
        ports = bootstrap.ports(settings)
        hearing = Hearing(ports.reader, ports.recognizer, ports.diarizer, ports.artifacts)
        tallies = {"stereo": Tally(), "swapped": Tally(), "mono": Tally()}

        def hear(path: Path) -> Heard:
            with LazyAudio(ports.reader, path) as audio:
                return hearing.hear(ports.reader.recording_id(path), audio)

        for truth, path in list(_calls(samples))[:: 3 if quick else 1]:
            if truth["num_channels"] == 2:
                heard = hear(path)
                add(tallies["stereo"], truth, _call(truth, heard, truth["agent_channel"]))
                add(tallies["swapped"], truth, _call(truth, _swapped(heard), truth["agent_channel"]))
                with ports.reader.open(path) as decoded:
                    path = _mixed(decoded.channels, root / f"{truth['call_id']}.wav")
            add(tallies["mono"], truth, _call(truth, hear(path), 0))
    figures = {name: tally.figures() for name, tally in tallies.items()}
    for name, found in figures.items():
        _print(name, found)
    return figures


def add(tally: Tally, truth: Mapping[str, Any], call: Call | None) -> None:
    """Compare one call with its lines."""
    tally.calls += 1
    if call is None:
        tally.unscorable.append(truth["call_id"])
        return
    if call.role_confidence(Role.AGENT) < Settings().min_confidence:
        tally.unsure.append(truth["call_id"])
    spoken = {
        role: merge(_spans(line for line in truth["lines"] if line["role"] == role)) for role in PARTIES
    }
    both = intersections(spoken[Role.AGENT], spoken[Role.CUSTOMER])
    heard = merge(span for spans in call.activity.values() for span in spans)
    for role, other in (PARTIES, PARTIES[::-1]):
        alone = [piece for span in spoken[role] for piece in subtract(span, both)]
        right = intersections(alone, call.activity[role])
        rest = [piece for span in alone for piece in subtract(span, right)]
        wrong = intersections(rest, call.activity[other])
        tally.right_ms += total_ms(right)
        tally.wrong_ms += total_ms(wrong)
        tally.unknown_ms += total_ms(intersections(rest, heard)) - total_ms(wrong)
        tally.unheard_ms += total_ms(rest) - total_ms(intersections(rest, heard))
    _edges(tally, tally.dead_air_ms, _spans(truth["dead_air"]), [d.span for d in call.dead_air])
    if not call.is_mono:
        overlaps = _spans(t for t in truth["talk_overs"] if not t["backchannel"])
        _edges(tally, tally.talk_over_ms, overlaps, [t.span for t in call.talk_overs])


def _edges(tally: Tally, errors: list[int], true: Iterable[Span], found: Sequence[Span]) -> None:
    """Distances of both ends from the true ones, each stretch against the one it shares most time with."""
    for span in true:
        near = [f for f in found if f.intersection(span)]
        if not near:
            tally.missed += 1
            continue
        best = max(near, key=lambda f: min(f.end_ms, span.end_ms) - max(f.start_ms, span.start_ms))
        errors += [abs(best.start_ms - span.start_ms), abs(best.end_ms - span.end_ms)]


def _spans(timed: Iterable[Mapping[str, Any]]) -> list[Span]:
    return [Span(start_ms=t["start_ms"], end_ms=t["end_ms"]) for t in timed]


def _spread(errors: Sequence[int]) -> dict[str, float] | None:
    if not errors:
        return None
    return {
        "number": len(errors),
        "median_ms": median(errors),
        "p95_ms": float(np.percentile(errors, 95)),
    }


def _calls(folders: Sequence[Path]) -> Iterator[tuple[dict[str, Any], Path]]:
    for folder in folders:
        for path in sorted((folder / "truth").glob("*.json")):
            truth = json.loads(path.read_text(encoding="utf-8"))
            yield truth, folder / truth["file"]


def _call(truth: Mapping[str, Any], heard: Heard, default_agent_channel: int) -> Call | None:
    if heard.transcript is None or without_voices(heard.facts, heard.diarization) is not None:
        return None
    return assemble(
        CallInfo(call_id=truth["call_id"]),
        heard.facts,
        heard.transcript,
        default_agent_channel=default_agent_channel,
        diarization=heard.diarization,
    )


def _swapped(heard: Heard) -> Heard:
    """The same recording with its channels the other way round; each was recognised by itself."""
    facts, transcript = heard.facts, heard.transcript
    assert transcript is not None
    turned = replace(
        facts,
        activity=facts.activity[::-1],
        loudness_db=facts.loudness_db[::-1],
        pitch_hz=facts.pitch_hz[::-1],
    )
    utterances = tuple(replace(u, channel=1 - u.channel) for u in transcript.utterances)
    return replace(heard, facts=turned, transcript=replace(transcript, utterances=utterances))


def _mixed(channels: Sequence[Pcm], path: Path) -> Path:
    """Both channels on one, as a recorder in front of the line would keep them."""
    total = np.sum([c.astype(np.int32) for c in channels], axis=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.clip(total, -32768, 32767).astype(np.int16).tobytes())
    return path


def _print(name: str, figures: Mapping[str, Any]) -> None:
    accuracy = figures["role_accuracy"]
    met = "met" if accuracy is not None and accuracy >= GOALS[name] else "MISSED"
    print(f"roles, {name}: {accuracy} of the speech time right   goal {GOALS[name]} {met}")
    for what in ("dead_air_boundaries", "talk_over_boundaries"):
        if figures[what] is not None:
            near = "met" if figures[what]["median_ms"] <= BOUNDARY_GOAL_MS else "MISSED"
            print(f"  {what}: {figures[what]}   goal {BOUNDARY_GOAL_MS} ms at the median {near}")
    rest = (
        "calls",
        "left_to_nobody",
        "unheard",
        "silences_and_overlaps_missed",
        "not_scorable",
        "roles_unsure",
    )
    print("  " + ", ".join(f"{key} {figures[key]}" for key in rest))


if __name__ == "__main__":
    measure(folder=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
