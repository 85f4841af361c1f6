"""How much of what is private is covered in the sound, where the product's own recogniser heard the call."""

from __future__ import annotations

import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from benchmarks.redaction_dialogues import dialogue
from benchmarks.redaction_material import KINDS, NAMES, NUMBERS
from benchmarks.redaction_speech import NOISE_DB, Recorded, TimedSpeaker, recordings
from benchmarks.redaction_wordings import Wordings
from qa_pipeline import bootstrap
from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.time import Span, merge, subtract, total_ms
from qa_pipeline.pipeline.hearing import Hearing, LazyAudio
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.privacy.sound import PAD_MS
from qa_pipeline.settings import Settings
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.words import cut

OPEN_MS = 50
"""A thing may stick out of its cover by this much in all: two steps of the speech model's clock, a quarter of a syllable."""
COLUMNS = ("numbers", "names", *KINDS)


@dataclass
class Tally:
    """What was counted under one condition."""

    covered: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    covered_ms: Counter[str] = field(default_factory=Counter)
    total_ms: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    words: int = 0
    needless_ms: int = 0
    """Speech under a cover that holds nothing planted."""
    speech_ms: int = 0
    errors: int = 0
    chars: int = 0

    def recall(self, kinds: Sequence[str]) -> tuple[int, int]:
        """Things covered whole, and all things."""
        return sum(self.covered[k] for k in kinds), sum(self.total[k] for k in kinds)


def made(
    seeds: range, *, held_out: bool, work: Path, cache: Path, noise: Sequence[str] = tuple(NOISE_DB)
) -> Iterator[dict[str, Recorded]]:
    """The dialogues of these seeds as recordings, by condition.

    Args:
        seeds: one dialogue each.
        held_out: wordings and voices that nothing was mended by.
        work: folder for the recordings.
        cache: keeps what was spoken.
        noise: conditions.
    """
    speaker = TimedSpeaker(cache)
    folder = work / "recordings"
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        rng = random.Random(seed)
        lines = dialogue(rng, wordings=Wordings.of(seed), parts=4, talk=1)
        yield recordings(lines, f"d{seed}", speaker=speaker, held_out=held_out, folder=folder, noise=noise)


class Ear:
    """The product's recogniser, and what it heard before."""

    def __init__(self, data: Path) -> None:
        """``data`` is the data folder that keeps what was heard."""
        ports = bootstrap.ports(Settings(data_dir=data))
        self._reader = ports.reader
        self._hearing = Hearing(ports.reader, ports.recognizer, None, ports.artifacts)

    def call(self, recorded: Recorded) -> Call:
        """The call as the product assembles it."""
        with LazyAudio(self._reader, recorded.path) as audio:
            heard = self._hearing.hear(self._reader.recording_id(recorded.path), audio)
        if heard.transcript is None:
            raise SystemExit(f"{recorded.path.name}: nothing was heard")
        return assemble(recorded.info, heard.facts, heard.transcript, default_agent_channel=0)

    def text(self, sound: bytes, suffix: str) -> str:
        """What is recognised in a sound file, both parties together."""
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            file.write(sound)
            file.flush()
            path = Path(file.name)
            with LazyAudio(self._reader, path) as audio:
                transcript = self._hearing.hear(self._reader.recording_id(path), audio).transcript
        return "" if transcript is None else " ".join(u.text for u in transcript.utterances)


def count(recorded: Recorded, call: Call, tally: Tally, show: int = 0) -> int:
    """Adds one recording; prints at most ``show`` mistakes and returns how many more may be printed."""
    covered = merge(
        Span(start_ms=max(0, s.start_ms - PAD_MS), end_ms=s.end_ms + PAD_MS)
        for s in Clean(call, "zh").covered
    )
    for planted, (role, spans) in recorded.planted.items():
        left = sum(total_ms(subtract(span, covered)) for span in spans)
        whole = total_ms(spans)
        tally.total[planted.kind] += 1
        tally.covered[planted.kind] += left <= OPEN_MS
        tally.covered_ms[planted.kind] += whole - left
        tally.total_ms[planted.kind] += whole
        if left > OPEN_MS and show > 0:
            show -= 1
            print(
                f"missed {planted.kind:12} {planted.value} {left:5} of {whole} ms  {_heard(call, role, spans, covered)}"
            )
    private = [*recorded.agent_id, *(s for _, spans in recorded.planted.values() for s in spans)]
    for span in covered:
        if all(span.intersection(p) is None for p in private):
            tally.wrong += 1
            if show > 0:
                show -= 1
                print(f"wrong  {span} {' / '.join(_heard(call, r, [span], covered) for r in recorded.texts)}")
    for role, text in recorded.texts.items():
        tally.words += len(cut(text))
        said = normalize(text)
        heard = normalize("".join(u.text for u in call.utterances_of(role)))
        tally.errors += Levenshtein.distance(said, heard)
        tally.chars += len(said)
    speech = merge([s for spans in recorded.speech.values() for s in spans])
    tally.speech_ms += total_ms(speech)
    open_speech = [rest for s in speech for rest in subtract(s, merge(private))]
    tally.needless_ms += total_ms(open_speech) - sum(total_ms(subtract(s, covered)) for s in open_speech)
    return show


def _heard(call: Call, role: Role, spans: Sequence[Span], covered: Sequence[Span]) -> str:
    """What was recognised around a place, what is covered of it in brackets."""
    first, last = spans[0].start_ms - 2500, spans[-1].end_ms + 1500
    text = ""
    for word in (w for u in call.utterances_of(role) for w in u.words):
        if first < word.span.start_ms < last:
            middle = (word.span.start_ms + word.span.end_ms) // 2
            text += f"[{word.text}]" if any(s.contains(middle) for s in covered) else word.text
    return text.replace("][", "")


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % bounds of a share (Wilson's score interval)."""
    if not total:
        return 0.0, 1.0
    z = 1.96
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def report(seeds: range, *, held_out: bool, work: Path, cache: Path, show: int) -> dict[str, Tally]:
    """Speak, hear and count; print a row per condition."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    ear = Ear(work / "data")
    for recorded in made(seeds, held_out=held_out, work=work, cache=cache):
        for condition, recording in recorded.items():
            show = count(recording, ear.call(recording), tallies[condition], show)
    print(
        f"from sound: {len(seeds)} dialogues a row, {'held-out' if held_out else 'development'} wordings and voices"
    )
    groups = {"numbers": NUMBERS, "names": NAMES, "addresses": ("address",)} | {k: (k,) for k in KINDS[:-1]}
    for condition, tally in tallies.items():
        print(
            f"{condition:6} {tally.errors / tally.chars:6.1%} character errors; wrong stretches"
            f" {1000 * tally.wrong / tally.words:.2f} per 1,000 words ({tally.wrong} in {tally.words});"
            f" speech covered needlessly {tally.needless_ms / tally.speech_ms:.1%}"
        )
        for name, kinds in groups.items():
            hits, total = tally.recall(kinds)
            low, high = wilson(hits, total)
            share = sum(tally.covered_ms[k] for k in kinds) / max(1, sum(tally.total_ms[k] for k in kinds))
            print(
                f"    {name:13} {hits:4}/{total:<4} {hits / max(1, total):.3f} ({low:.3f} to {high:.3f}),"
                f" {share:.3f} of their time",
                flush=True,
            )
    return tallies
