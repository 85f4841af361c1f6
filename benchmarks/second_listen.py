"""How often a second listen settles doubtful words, and how often wrongly.

``python -m benchmarks.second_listen [--cache FOLDER] [--calls FOLDER ...]`` speaks lines with phrases of the shipped
rubrics, and with innocent ones that sound like them, over a noisy telephone; adds the sample calls (and others with a
``truth`` folder); recognises all; and listens again wherever a phrase of the shipped rubrics is doubtful. Needs the extra
``[samples]``. What was spoken, recognised and listened to stays in the folder. Exit code 1 where a place that was not used
to choose thresholds was settled wrongly.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import beta

from benchmarks.listen_material import Phrase, phrases
from benchmarks.listen_sources import Source, call_of, call_sources, tape_sources
from benchmarks.main_job import TimedRecognizer
from benchmarks.phrase_material import aligned
from qa_pipeline.asr import listen
from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.listen import Question
from qa_pipeline.domain.time import Span
from qa_pipeline.pipeline.second_listen import SecondListen
from qa_pipeline.rules.listened import support_of, was_said
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.types import Pattern

MOST_A_LINE = 3
"""Phrases that are much alike are doubtful together; more of them would tell nothing new."""
CONFIDENCE = 0.95
SLACK_MS = 600
"""A place belongs to the lines within this distance: recognised words are off by some hundred milliseconds."""
GROUPS = ("choose", "half new", "test")
"""Thresholds were chosen by phrases and voices of the first; in the second one of both is new; in the last both are."""
SAMPLES = Path(__file__).resolve().parents[1] / "sample_audio"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A doubtful place, and whether the words were said there."""

    source: str
    group: str
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
        "--calls", type=Path, nargs="*", default=[SAMPLES], help="folders with audio and truth/"
    )
    parser.add_argument(
        "--budget", type=float, default=float("inf"), help="stop after so many seconds; go on next time"
    )
    options = parser.parse_args(arguments)
    bench = Bench(options.cache, time.monotonic() + options.budget)
    whole, results = bench.run(options.calls)
    if not whole:
        print(f"not done yet ({len(results)} listens so far): run it again")
    for group in GROUPS:
        report(group, [r for r in results if r.case.group == group])
    timed = bench.recognizer
    print(f"\n{timed.listens} listens in this run, {timed.listening_s / max(timed.listens, 1):.2f} s each")
    return 3 if not whole else int(any(r.wrong for r in results if r.case.group != "choose"))


class Bench:
    """What was heard of the material, kept in a folder."""

    def __init__(self, cache: Path, until: float) -> None:
        self._settings = Settings(data_dir=cache / "second_listen")
        self._cache = cache
        self._until = until
        self._artifacts = FileArtifacts(self._settings)
        self.recognizer = TimedRecognizer(FasterWhisperRecognizer(self._settings))

    def run(self, folders: Sequence[Path]) -> tuple[bool, list[Result]]:
        """Whether the time sufficed, and all cases so far, settled or left."""
        patterns = [(p, _pattern(p)) for p in phrases()]
        second = SecondListen(
            self._artifacts, {"listening": listen.digest()}, self.recognizer, self._settings
        )
        results: list[Result] = []
        for source in self._sources(folders):
            with source.audio:
                ask = second.ask(call_of(source), source.key, source.audio)
                for case in cases(source, patterns):
                    if time.monotonic() > self._until:
                        return False, results
                    heard = ask(case.question)
                    if heard is not None:
                        answer = was_said(case.question, heard, forbidding=case.forbidding)
                        support = support_of(case.question, heard)
                        results.append(Result(case=case, support=support, answer=answer))
        return True, results

    def _sources(self, folders: Sequence[Path]) -> Iterator[Source]:
        yield from tape_sources(self._cache, self.recognizer, self._artifacts)
        for folder in folders:
            yield from call_sources(folder, self.recognizer, self._artifacts, self._settings)


def cases(source: Source, known: Sequence[tuple[Phrase, Pattern]]) -> list[Case]:
    """The doubtful places of a channel, a few for each line.

    Said is what stands in the line word for word. Where a line only resembles the phrase, so that the rule would take it
    for said, either answer could be defended: such places are left out.
    """
    text = AlignedText.of([u for u in source.transcript.utterances if u.channel == source.channel])
    found: dict[tuple[int, bool], dict[Question, tuple[float, Case]]] = defaultdict(dict)
    for known_phrase, pattern in known:
        for match in pattern.find(text):
            if match.verdict == "hit" or not match.likeliest:
                continue
            near = [i for i, span in enumerate(source.spans) if span.gap(match.span) < SLACK_MS]
            if not near:
                continue
            index = max(near, key=lambda i: _shared(source.spans[i], match.span))
            said = any(normalize(match.likeliest) in normalize(source.lines[i].text) for i in near)
            if not said and any(
                m.verdict == "hit" for i in near for m in pattern.find(aligned(source.lines[i].text))
            ):
                continue
            voice, words = source.lines[index].half, known_phrase.half
            question = Question(role=Role.AGENT, span=match.span, quote=match.quote, expected=match.likeliest)
            case = Case(
                source=source.name,
                group=words if words == voice else "half new",
                question=question,
                forbidding=known_phrase.forbidding,
                said=said,
                line=source.lines[index].text,
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


def report(group: str, results: Sequence[Result]) -> None:
    """Print what came of one group."""
    print(f"\n{group}: {len(results)} doubtful places in {len({r.case.line for r in results})} lines")
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
                f" in {result.case.line} ({result.case.source})"
            )


def _row(name: str, results: Sequence[Result]) -> None:
    settled = [r for r in results if r.answer is not None]
    wrong = sum(r.wrong for r in settled)
    share = 100 * len(settled) / len(results) if results else 0.0
    bound = f"{100 * upper_bound(wrong, len(settled)):.1f} %" if settled else "-"
    print(f"{name:20} {len(results):7} {len(settled):8} {share:5.0f} {wrong:6}  {bound}")


if __name__ == "__main__":
    sys.exit(main())
