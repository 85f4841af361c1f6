"""How long a rubric takes on a six-minute call with its transcript in hand, and its phrases alone against the plain ways.

``python -m benchmarks.phrase_speed``: a form of 30 criteria made of shipped ones over six-minute calls, each time another;
then 30 criteria's worth of phrases (about 150) and nine scripts over texts of about 1,800 characters that were never seen
before. Processor time, so that other work on the machine counts less.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from benchmarks.backtest import CALL_MS, dialogue
from benchmarks.corruption import corrupt
from benchmarks.phrase_material import (
    FORBIDDEN,
    ORDINARY,
    SCRIPTS,
    SHORT_FORBIDDEN,
    SLOTS,
    WISHED,
    utterances,
)
from benchmarks.shipped_phrases import rubrics
from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.recording import AudioFacts, Recording
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.text.align import semi_global
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.script import script
from qa_pipeline.text.sounds import SOUNDS

_CALLS = 20
_CRITERIA = 30
_CHARS = 1800


def call_text(rng: random.Random) -> str:
    """What an agent says, with recognition errors: mostly ordinary, every script once, a phrase in ten sentences."""
    spoken = [rng.choice(s) for s in SCRIPTS.values()]
    parts = [spoken[0]]
    while sum(map(len, parts)) < _CHARS:
        parts.append(rng.choice(WISHED) if rng.random() < 0.1 else rng.choice(ORDINARY))
    for line in (*spoken[1:6], rng.choice(FORBIDDEN)):
        parts.insert(rng.randrange(1, len(parts)), line)
    return corrupt("，".join((*parts, *spoken[6:])), 0.15, rng)


def measure(job: Callable[[int], object], calls: int) -> float:
    """Milliseconds a call, the median."""
    times = []
    for i in range(calls):
        begin = time.process_time()
        job(i)
        times.append(1000 * (time.process_time() - begin))
    return sorted(times)[len(times) // 2]


def thirty() -> Rubric:
    """The complaint form, filled up with criteria of the other shipped forms."""
    forms = sorted(rubrics(), key=lambda r: r.rubric != "inbound_complaint")
    criteria = {c.id: c for form in reversed(forms) for _, c in form.criteria()}
    first = [c.id for _, c in forms[0].criteria()]
    chosen = [criteria[i] for i in (*first, *(i for i in criteria if i not in first))][:_CRITERIA]
    merged = {
        key: {k: v for form in reversed(forms) for k, v in getattr(form, key).items()}
        for key in ("conditions", "lists", "variables")
    }
    section = forms[0].sections[0].model_copy(update={"criteria": tuple(chosen)})
    return forms[0].model_copy(update={"sections": (section,), **merged})


def made_call(number: int) -> Call:
    """A six-minute call unlike any other."""
    rng = random.Random(number)
    said = dialogue(rng)
    recording = Recording(
        recording_id=f"{number:064x}", source_name=f"{number}.wav", codec="pcm_s16le", sample_rate_hz=8000,
        num_channels=2, num_samples=CALL_MS * 8,
    )  # fmt: skip
    facts = AudioFacts(
        recording=recording,
        declared_duration_ms=None,
        activity=tuple(tuple(u.span for u in said if u.channel == c) for c in (0, 1)),
        loudness_db=tuple(tuple(rng.uniform(-40, -15) for _ in range(CALL_MS // 1000)) for _ in (0, 1)),
    )
    info = CallInfo(
        call_id=str(number), agent_id="3107", queue="complaint", direction="inbound", ring_s=6.0,
        channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
    )  # fmt: skip
    transcript = Transcript(recording_id=recording.recording_id, language="zh", utterances=said)
    return assemble(info, facts, transcript, default_agent_channel=0)


def whole_form() -> None:
    """Print the time of all findings of a form."""
    form = thirty()
    calls = [made_call(number) for number in range(_CALLS + 3)]
    for call in calls[_CALLS:]:
        evaluate(form, call, min_confidence=0.6, min_confidence_fatal=0.8)
    each = measure(lambda i: evaluate(form, calls[i], min_confidence=0.6, min_confidence_fatal=0.8), _CALLS)
    print(
        f"a form of {len(list(form.criteria()))} criteria: {each:.1f} ms a six-minute call, another call each time"
    )


def main() -> None:
    whole_form()
    rng = random.Random(7)
    forbidden = [*FORBIDDEN, *SHORT_FORBIDDEN]
    wished = [*WISHED, *(s[:5] for s in WISHED if len(s) > 6), *(f[1:] for f in FORBIDDEN if len(f) > 4)]
    phrases = [phrase(p, forbidding=True, innocents=("您不用着急",)) for p in forbidden] + [
        phrase(p) for p in wished
    ]
    scripts = [script(t, slots=SLOTS) for t in SCRIPTS]
    calls = [utterances(call_text(rng)) for _ in range(_CALLS)]
    texts = [AlignedText.of(c) for c in calls]
    for text in texts[:2]:  # the process has met ordinary characters before; the texts below it has not
        for pattern in (*phrases, *scripts):
            pattern.find(text)
    print(
        f"{len(phrases)} phrases, {len(scripts)} scripts, {sum(map(len, texts)) // len(texts)} characters a call"
    )

    def whole(i: int) -> None:
        text = AlignedText.of(calls[i])
        for pattern in (*phrases, *scripts):
            pattern.find(text)

    build = measure(lambda i: AlignedText.of(calls[i]).index, _CALLS)
    fresh = [AlignedText.of(c) for c in calls]
    for text in fresh:
        _ = text.index
    find_phrases = measure(lambda i: [p.find(fresh[i]) for p in phrases], _CALLS)
    fresh = [AlignedText.of(c) for c in calls]
    for text in fresh:
        _ = text.index
    find_scripts = measure(lambda i: [s.find(fresh[i]) for s in scripts], _CALLS)
    total = measure(whole, _CALLS)
    sources = [normalize(p.source) for p in phrases]
    fuzzy = measure(lambda i: [fuzz.partial_ratio_alignment(s, texts[i].text) for s in sources], 5)
    naive = measure(lambda i: _naive(sources[::10], texts[i]), 2) * 10
    print(f"text and index {build:.2f} ms, phrases {find_phrases:.2f} ms, scripts {find_scripts:.2f} ms")
    print(f"whole call {total:.2f} ms, cold text")
    print(f"rapidfuzz partial_ratio, characters only, phrases only: {fuzzy:.1f} ms ({fuzzy / total:.1f} x)")
    print(
        f"the same alignment without the search for candidates, phrases only: {naive:.0f} ms ({naive / total:.0f} x)"
    )


def _naive(sources: Sequence[str], text: AlignedText) -> None:
    index = text.index
    for source in sources:
        rows = SOUNDS.table[SOUNDS.ids(source)][:, index.sounds].tolist()
        semi_global(rows, index.insertions)


if __name__ == "__main__":
    main()
