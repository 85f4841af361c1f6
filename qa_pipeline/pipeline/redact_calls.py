"""Whole recordings without what is private in them: sound, transcript, and a list of what was covered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.audio.encode import AudioFormat, encode
from qa_pipeline.domain.time import Span, total_ms
from qa_pipeline.errors import InputError, QaError, RecordingError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.call_audio import call_audio
from qa_pipeline.pipeline.case_view import dialogue, hidden, in_turns
from qa_pipeline.pipeline.clip_files import to_json
from qa_pipeline.pipeline.outcomes import refuse_purged
from qa_pipeline.pipeline.pages import check_folder, write_file
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.privacy.sound import cover
from qa_pipeline.reports.clip_view import Hidden, plain, srt, vtt, words
from qa_pipeline.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """One recording that was written."""

    call_id: str
    folder: Path
    """Its name is a number: a call's own name may hold somebody's telephone number."""
    hidden: tuple[Hidden, ...]
    covered_ms: int


def redact_calls(
    call_ids: Sequence[str],
    out: Path,
    *,
    ports: Ports,
    scoring: Scoring,
    settings: Settings,
    lang: Lang,
    format_: AudioFormat,
    who: str,
    on_done: Callable[[Redacted], None],
    on_error: Callable[[QaError], None],
) -> int:
    """Write each call into a folder of its own; returns how many could not be written.

    Raises:
        InputError: ``input.out_unwritable``.
        StorageError: the disk is full or read-only.
    """
    check_folder(out)
    failed = 0
    for number, call_id in enumerate(dict.fromkeys(call_ids), 1):
        try:
            row = ports.store.call(call_id)
            if row is None:
                raise InputError("input.unknown_call", call_id=call_id)
            refuse_purged(row)
            call = scoring.rebuild(row)
            if call is None:
                raise InputError("clips.not_kept", call_id=call_id)
            clean = Clean(call, lang)
            with call_audio(row, call, ports.reader, settings) as channels:
                samples = _covered(channels, clean.covered)
            folder = out / f"{number:02d}"
            detail = {"number": number, "hidden": len(clean.private), "path": str(folder.resolve())}
            ports.store.audit(who, "call.redacted", call_id, detail)
            on_done(_write(folder, clean, samples, format_))
        except (RecordingError, InputError) as error:
            failed += 1
            on_error(error)
    return failed


def _covered(channels: Sequence[Pcm], spans: Sequence[Span]) -> Pcm:
    """All channels mixed into one, nothing else changed, with a tone over the private time.

    The sum is halved so that it can't clip.
    """
    mixed = np.zeros(max(len(c) for c in channels), np.int16)
    for channel in channels:
        mixed[: len(channel)] += np.asarray(channel) // len(channels)
    return cover(mixed, spans, rate_hz=SAMPLE_RATE_HZ)


def _write(folder: Path, clean: Clean, samples: Pcm, format_: AudioFormat) -> Redacted:
    whole = Span(start_ms=0, end_ms=clean.call.recording.duration_ms)
    lines = dialogue(clean, whole, words(clean.lang, "agent_named", name="A"))
    places = hidden(clean, whole)
    check_folder(folder)
    turns = in_turns(lines)
    for name, content in (
        (f"audio.{format_}", encode(samples, format_)),
        ("transcript.txt", plain(turns, clean.lang).encode()),
        ("transcript.srt", srt(lines, clean.lang).encode()),
        ("transcript.vtt", vtt(lines, clean.lang).encode()),
        ("transcript.json", to_json({"schema_version": 1, "turns": [asdict(t) for t in turns]})),
        ("redacted.json", to_json([asdict(h) for h in places])),
    ):
        write_file(folder / name, content)
    return Redacted(
        call_id=clean.call.info.call_id,
        folder=folder,
        hidden=places,
        covered_ms=total_ms(clean.covered),
    )
