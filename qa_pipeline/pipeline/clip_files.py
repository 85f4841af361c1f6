"""Writes clips as a folder that plays offline, and as an archive of it."""

from __future__ import annotations

import json
import logging
import os
import zipfile
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath

from qa_pipeline.audio.encode import AudioFormat, encode
from qa_pipeline.errors import StorageError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.clips import Clip
from qa_pipeline.pipeline.pages import check_folder, write_file
from qa_pipeline.reports.clip_note import case_note, docx, markdown
from qa_pipeline.reports.clip_view import ClipView, plain, srt, vtt

log = logging.getLogger(__name__)
MANIFEST = ".qa-clips.json"
"""Names what this product wrote into a folder, so that the next run can take exactly that away."""


class ClipFolder:
    """A folder of clips in the making.

    Raises:
        InputError: ``input.out_unwritable``.
    """

    def __init__(self, out: Path, *, format_: AudioFormat, lang: Lang) -> None:
        check_folder(out)
        self._out = out
        self._format = format_
        self._lang: Lang = lang
        self._files: list[str] = []
        self._remove_earlier()

    def add(self, clip: Clip, under: str = "") -> ClipView:
        """Write one clip; returns it as the page shows it.

        Args:
            clip: what to write.
            under: the folder's name with a slash, where it goes into one.

        Raises:
            StorageError: ``storage.disk_full``, ``storage.read_only``.
        """
        shown = replace(clip.view, audio=f"audio.{self._format}")
        self.write(f"{under}{shown.folder}/{shown.audio}", encode(clip.samples, self._format))
        note = case_note(shown, self._lang)
        for name, content in (
            ("transcript.txt", plain(shown.turns, self._lang).encode()),
            ("transcript.srt", srt(shown.lines, self._lang).encode()),
            ("transcript.vtt", vtt(shown.lines, self._lang).encode()),
            ("transcript.json", to_json({"schema_version": 3, **asdict(shown)})),
            ("case.md", markdown(note).encode()),
            ("case.docx", docx(note)),
        ):
            self.write(f"{under}{shown.folder}/{name}", content)
        return shown

    def archive(self) -> Path:
        """An archive of exactly what was written, beside the folder.

        Raises:
            StorageError: ``storage.disk_full``, ``storage.read_only``.
        """
        target = self._out.resolve().with_name(f"{self._out.resolve().name}.zip")
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in self._files:
                    archive.write(self._out / name, f"{target.stem}/{name}")
            temporary.replace(target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageError("storage.read_only", path=str(target), reason=str(error.strerror)) from error
        return target

    def write(self, name: str, content: bytes) -> Path:
        """Write one file below the folder.

        Raises:
            StorageError: ``storage.disk_full``, ``storage.read_only``.
        """
        path = self._out / name
        # Named before it is written: a run that is killed leaves nothing that the next one would not take away.
        self._files.append(name)
        write_file(self._out / MANIFEST, to_json(self._files))
        check_folder(path.parent)
        write_file(path, content)
        return path

    def _remove_earlier(self) -> None:
        """Take away what an earlier run wrote here: clips of other calls, perhaps not redacted, must not stay."""
        try:
            names = json.loads((self._out / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        for name in names if isinstance(names, list) else ():
            path = PurePosixPath(str(name))
            if path.is_absolute() or ".." in path.parts:
                continue
            try:
                (self._out / path).unlink(missing_ok=True)
                for parent in list(path.parents)[:-1]:
                    (self._out / parent).rmdir()
            except OSError:
                log.info("%s stays", path)


def to_json(value: object) -> bytes:
    """JSON to read."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
