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
from qa_pipeline.reports.clip_page import render_clips
from qa_pipeline.reports.clip_view import ClipView, plain, srt, vtt

log = logging.getLogger(__name__)
MANIFEST = ".qa-clips.json"
"""Names what this product wrote into a folder, so that the next run can take exactly that away."""


class ClipFolder:
    """A folder of clips in the making.

    Raises:
        InputError: ``input.out_unwritable``.
    """

    def __init__(self, out: Path, *, format_: AudioFormat, lang: Lang, redacted: bool) -> None:
        check_folder(out)
        self._out = out
        self._format = format_
        self._lang: Lang = lang
        self._redacted = redacted
        self._files: list[str] = []
        self._views: list[ClipView] = []
        self._remove_earlier()

    def add(self, clip: Clip) -> None:
        """Write one clip.

        Raises:
            StorageError: ``storage.disk_full``, ``storage.read_only``.
        """
        shown = replace(clip.view, audio=f"audio.{self._format}")
        self._write(f"{shown.folder}/{shown.audio}", encode(clip.samples, self._format))
        note = case_note(shown, self._lang)
        for name, content in (
            ("transcript.txt", plain(shown.turns, self._lang).encode()),
            ("transcript.srt", srt(shown.lines, self._lang).encode()),
            ("transcript.vtt", vtt(shown.lines, self._lang).encode()),
            ("transcript.json", to_json({"schema_version": 1, **asdict(shown)})),
            ("case.md", markdown(note).encode()),
            ("case.docx", docx(note)),
        ):
            self._write(f"{shown.folder}/{name}", content)
        self._views.append(shown)

    def finish(self) -> Path:
        """Write the page that plays everything."""
        page = render_clips(self._views, lang=self._lang, redacted=self._redacted)
        self._write("index.html", page.encode())
        return self._out / "index.html"

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

    def _write(self, name: str, content: bytes) -> None:
        path = self._out / name
        # Named before it is written: a run that is killed leaves nothing that the next one would not take away.
        self._files.append(name)
        write_file(self._out / MANIFEST, to_json(self._files))
        check_folder(path.parent)
        write_file(path, content)

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
                if len(path.parts) > 1:
                    (self._out / path).parent.rmdir()
            except OSError:
                log.info("%s stays", path)


def to_json(value: object) -> bytes:
    """JSON to read."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
