"""The sound of a call that was scored earlier, as long as it is still there and still the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_pipeline.audio.base import AudioReader, Pcm
from qa_pipeline.domain.call import Call
from qa_pipeline.errors import RecordingError
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow


@contextmanager
def call_audio(
    row: CallRow, call: Call, reader: AudioReader, settings: Settings
) -> Iterator[tuple[Pcm, ...]]:
    """The channels of a call's recording, ``int16`` at 16 kHz.

    Raises:
        RecordingError: ``clips.purged``, ``clips.moved``, ``clips.other_audio``, and what the reader raises
            of a damaged file.
        StorageError: ``storage.disk_full``.
    """
    with _found(row, call.recording.recording_id, reader, settings) as path, reader.samples(path) as channels:
        yield channels


def check_recording(row: CallRow, reader: AudioReader, settings: Settings) -> None:
    """Whether the recording of a call is where it was, with the same bytes; nothing is decoded, nothing fetched.

    Raises:
        RecordingError: ``clips.purged``, ``clips.moved``, ``clips.other_audio``.
    """
    if row.recording is None or (row.source_uri and Source(uri=row.source_uri).is_url):
        return
    with _found(row, row.recording.recording_id, reader, settings):
        pass


@contextmanager
def _found(row: CallRow, recording_id: str, reader: AudioReader, settings: Settings) -> Iterator[Path]:
    call_id, uri = row.info.call_id, row.source_uri
    if not uri:
        raise RecordingError("clips.purged", call_id=call_id)
    with Source(uri=uri).local_path(settings.data_dir / "tmp") as path:
        try:
            found = reader.recording_id(path)
        except RecordingError as error:
            raise RecordingError("clips.moved", call_id=call_id, source=uri) from error
        if found != recording_id:
            raise RecordingError("clips.other_audio", call_id=call_id, source=uri)
        yield path
