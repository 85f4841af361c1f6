"""The sound of a call that was scored earlier, as long as it is still there and still the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qa_pipeline.audio.base import AudioReader, DecodedAudio
from qa_pipeline.domain.call import Call
from qa_pipeline.errors import RecordingError
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow


@contextmanager
def call_audio(row: CallRow, call: Call, reader: AudioReader, settings: Settings) -> Iterator[DecodedAudio]:
    """The decoded recording of a call.

    Raises:
        RecordingError: ``clips.moved``, ``clips.other_audio``, and what the reader raises of a damaged file.
        StorageError: ``storage.disk_full``.
    """
    call_id, uri = row.info.call_id, row.source_uri
    with Source(uri=uri).local_path(settings.data_dir / "tmp") as path:
        try:
            found = reader.recording_id(path)
        except RecordingError as error:
            raise RecordingError("clips.moved", call_id=call_id, source=uri) from error
        if found != call.recording.recording_id:
            raise RecordingError("clips.other_audio", call_id=call_id, source=uri)
        with reader.open(path) as audio:
            yield audio
