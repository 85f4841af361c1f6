"""How often a second listen settles doubtful words, and how often wrongly.

``python -m benchmarks.second_listen [--cache FOLDER]`` speaks lines with phrases of the shipped rubrics, with innocent ones
that sound like them, and the agents' lines of the sample calls; sends them through a noisy telephone; recognises them;
and listens again wherever a phrase is doubtful. Needs the extra ``[samples]``. What was spoken, recognised and listened to
stays in the folder. Exit code 1 where a place was settled wrongly in the half that thresholds were not chosen by.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import beta

from benchmarks.listen_material import SNR_DB, Phrase, Tape, lines, phrases, sample_lines, tapes
from benchmarks.main_job import TimedRecognizer
from benchmarks.phrase_material import aligned
from qa_pipeline.asr import listen
from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
from qa_pipeline.audio.base import SAMPLE_RATE_HZ, DecodedAudio
from qa_pipeline.domain.call import Call, CallInfo, Role, RoleAssignment
from qa_pipeline.domain.listen import Question
from qa_pipeline.domain.recording import AudioFacts, Recording
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.pipeline.hearing import LazyAudio
from qa_pipeline.pipeline.identity import digest
from qa_pipeline.pipeline.second_listen import Ask, SecondListen
from qa_pipeline.rules.listened import support_of, was_said
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.types import Pattern

MOST_A_LINE = 3
"""Phrases that are much alike are doubtful together; more of them would tell nothing new."""
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Case:
    """A doubtful place of a tape, and whether the rule's own words were said there."""

    tape: Tape
    question: Question
    forbidding: bool
    said: bool
    line: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """A case with what a second listen made of it."""

    case: Case
    support: float
    answer: bool | None

    @property
    def wrong(self) -> bool:
        """Settled against the truth."""
        return self.answer is not None and self.answer is not self.case.said


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the material, listen, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "qa_pipeline_samples")
    parser.add_argument(
        "--budget", type=float, default=float("inf"), help="stop after so many seconds; go on next time"
    )
    options = parser.parse_args(arguments)
    bench = Bench(options.cache, time.monotonic() + options.budget)
    results = bench.run()
    if results is None:
        print("not done yet: run it again")
        return 3
    for half in ("choose", "test"):
        report(half, [r for r in results if r.case.tape.half == half])
    timed = bench.recognizer
    print(f"\n{timed.listens} listens in this run, {timed.listening_s / max(timed.listens, 1):.2f} s each")
    return int(any(r.wrong for r in results if r.case.tape.half == "test"))


class Bench:
    """The material and what was heard of it, kept in a folder."""

    def __init__(self, cache: Path, until: float) -> None:
        self._settings = Settings(data_dir=cache / "second_listen")
        self._cache = cache
        self._until = until
        self._artifacts = FileArtifacts(self._settings)
        self.recognizer = TimedRecognizer(FasterWhisperRecognizer(self._settings))

    def run(self) -> list[Result] | None:
        """All cases settled or left; None where the time was up before."""
        known = phrases()
        spoken = (*lines(known, forbidden=20, wanted=12), *sample_lines())
        patterns = [(p, _pattern(p)) for p in known]
        results: list[Result] = []
        for tape in tapes(spoken, self._cache, SNR_DB):
            if time.monotonic() > self._until:
                return None
            key = self._key(tape)
            transcript = self._artifacts.get_or_make(
                key, Transcript, lambda tape=tape: self._transcribe(tape)
            )
            ask = self._ask(tape, transcript, key)
            mine = [(p, compiled) for p, compiled in patterns if p.half == tape.half]
            for case in cases(tape, transcript, mine):
                if time.monotonic() > self._until:
                    return None
                heard = ask(case.question)
                if heard is not None:
                    answer = was_said(case.question, heard, forbidding=case.forbidding)
                    results.append(Result(case=case, support=support_of(case.question, heard), answer=answer))
        return results

    def _key(self, tape: Tape) -> str:
        content = hashlib.sha256(tape.pcm.tobytes()).hexdigest()
        return self._artifacts.key("transcript", content, digest(dict(self.recognizer.provenance)))

    def _transcribe(self, tape: Tape) -> Transcript:
        return self.recognizer.transcribe("tape", [tape.pcm], [tape.spans])

    def _ask(self, tape: Tape, transcript: Transcript, key: str) -> Ask:
        call = _call(tape, transcript)
        second = SecondListen(
            self._artifacts, {"listening": listen.digest()}, self.recognizer, self._settings
        )
        return second.ask(call, key, LazyAudio(_TapeReader(tape, call.recording), Path()))


class _TapeReader:
    """Gives a tape's samples as if they had been decoded."""

    digest = "tape"

    def __init__(self, tape: Tape, recording: Recording) -> None:
        self._tape = tape
        self._recording = recording

    @contextmanager
    def open(self, path: Path) -> Iterator[DecodedAudio]:
        facts = AudioFacts(
            recording=self._recording,
            declared_duration_ms=self._recording.duration_ms,
            activity=(self._tape.spans,),
            loudness_db=((),),
        )
        yield DecodedAudio(facts=facts, channels=(self._tape.pcm,))


def _call(tape: Tape, transcript: Transcript) -> Call:
    return Call(
        info=CallInfo(call_id="tape"),
        recording=Recording(
            recording_id="tape",
            source_name="tape",
            codec="pcm_s16le",
            sample_rate_hz=SAMPLE_RATE_HZ,
            num_channels=1,
            num_samples=len(tape.pcm),
        ),
        transcript=transcript,
        roles=(RoleAssignment(channel=0, role=Role.AGENT, confidence=1.0, basis="setting"),),
        activity={Role.AGENT: tape.spans},
        turns=(),
        talk_overs=(),
        dead_air=(),
    )


def cases(tape: Tape, transcript: Transcript, known: Sequence[tuple[Phrase, Pattern]]) -> list[Case]:
    """The doubtful places of a tape, a few for each line.

    The truth is what the rule says of the words that were really spoken: only a sure hit counts as said.
    """
    text = AlignedText.of(transcript.utterances)
    found: dict[tuple[int, bool], dict[Question, tuple[float, Case]]] = defaultdict(dict)
    for known_phrase, pattern in known:
        for match in pattern.find(text):
            if match.verdict == "hit" or not match.likeliest:
                continue
            index = max(range(len(tape.spans)), key=lambda i: _shared(tape.spans[i], match.span))
            line = tape.lines[index]
            said = any(m.verdict == "hit" for m in pattern.find(aligned(line.text)))
            question = Question(role=Role.AGENT, span=match.span, quote=match.quote, expected=match.likeliest)
            case = Case(
                tape=tape, question=question, forbidding=known_phrase.forbidding, said=said, line=line.text
            )
            found[index, said].setdefault(question, (match.similarity, case))
    return [
        case
        for _, alike in sorted(found.items())
        for _, case in sorted(alike.values(), key=lambda f: (-f[0], f[1].question.expected))[:MOST_A_LINE]
    ]


def _shared(span: Span, other: Span) -> int:
    both = span.intersection(other)
    return both.duration_ms if both else -span.gap(other)


def _pattern(known: Phrase) -> Pattern:
    return phrase(
        known.say,
        min_similarity=known.min_similarity,
        innocents=known.innocents,
        forbidding=known.forbidding,
    )


def upper_bound(wrong: int, cases: int) -> float:
    """The highest rate of errors that is not improbable (95 %, one-sided Clopper-Pearson)."""
    return 1.0 if wrong >= cases else float(beta.ppf(CONFIDENCE, wrong + 1, cases - wrong))


def report(half: str, results: Sequence[Result]) -> None:
    """Print what came of one half."""
    print(f"\n{half}: {len(results)} doubtful places in {len({r.case.line for r in results})} lines")
    print("                      places  settled     %  wrong  upper bound of the error (95 %)")
    groups = {
        "wanted, said": (False, True),
        "wanted, not said": (False, False),
        "forbidden, said": (True, True),
        "forbidden, not said": (True, False),
    }
    for name, (forbidding, said) in groups.items():
        _row(name, [r for r in results if (r.case.forbidding, r.case.said) == (forbidding, said)])
    _row("all", results)
    for result in results:
        if result.wrong:
            question = result.case.question
            print(
                f"  WRONG {result.support:6.2f} said={result.case.said} {question.expected} / {question.quote}"
                f" in {result.case.line} ({result.case.tape.snr_db:g} dB)"
            )


def _row(name: str, results: Sequence[Result]) -> None:
    settled = [r for r in results if r.answer is not None]
    wrong = sum(r.wrong for r in settled)
    share = 100 * len(settled) / len(results) if results else 0.0
    bound = f"{100 * upper_bound(wrong, len(settled)):.1f} %" if settled else "-"
    print(f"{name:20} {len(results):7} {len(settled):8} {share:5.0f} {wrong:6}  {bound}")


if __name__ == "__main__":
    sys.exit(main())
