"""``qa doctor``: checks the set-up and says what to do."""

from __future__ import annotations

import shutil
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import default_lang, lang_option, load_settings, message
from qa_pipeline.errors import QaError
from qa_pipeline.i18n import Lang, error_text

if TYPE_CHECKING:
    from qa_pipeline.settings import Settings

_LOW_SPACE_GB = 2.0


@click.command(help=message("help_doctor"))
@lang_option
def doctor(lang: Lang) -> int:
    """Check everything; exit code 1 where something is wrong."""
    settings = load_settings(lang)
    checks: dict[str, Callable[[Settings], str]] = {
        "python": _python,
        "packages": _packages,
        "data": _data_folder,
        "space": _space,
        "database": _database,
        "seal": _seal,
        "model": _model,
        "names": _names,
        "meanings": _meanings,
        "rubrics": _rubrics,
        "decoder": _decoder,
        "mono": _mono,
        "prefect": _prefect,
    }
    faults = 0
    for name, check in checks.items():
        try:
            detail, good = check(settings), True
        except QaError as error:
            detail, good = error_text(error, default_lang()), False
        except _FaultError as error:
            detail, good = str(error), False
        except Exception as error:  # a broken installation fails in ways nobody can list
            detail, good = f"{type(error).__name__}: {error}", False
        faults += not good
        state = message("check_ok" if good else "check_bad")
        click.echo(f"{state}  {message(f'check_{name}')}  {detail}")
    click.echo(message("doctor_bad", count=faults) if faults else message("doctor_good"))
    return 1 if faults else 0


class _FaultError(Exception):
    """A check that found something wrong, in words."""

    def __str__(self) -> str:
        return str(self.args[0])


def _python(_: Settings) -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _packages(_: Settings) -> str:
    import importlib
    from importlib.metadata import version

    for module in ("av", "ctranslate2", "faster_whisper", "onnxruntime", "opencc", "pypinyin", "sqlalchemy"):
        importlib.import_module(module)
    return f"qa_pipeline {version('qa-pipeline')}, faster-whisper {version('faster-whisper')}, av {version('av')}"


def _data_folder(settings: Settings) -> str:
    from qa_pipeline.pipeline.pages import check_folder

    check_folder(settings.data_dir)
    return str(settings.data_dir.resolve())


def _space(settings: Settings) -> str:
    gb = shutil.disk_usage(settings.data_dir).free / 1e9
    if gb < _LOW_SPACE_GB:
        raise _FaultError(message("check_space_low", gb=gb))
    return message("check_space_value", gb=gb)


def _database(settings: Settings) -> str:
    from qa_pipeline.storage.store import SqlStore

    store = SqlStore(settings)
    try:
        store.check()
    finally:
        store.close()
    return message("check_ok")


def _seal(settings: Settings) -> str:
    """Whether the key opens what is stored, is nobody else's to read, and nothing lies in the clear."""
    from qa_pipeline.storage.artifacts import FileArtifacts

    state = FileArtifacts(settings).sealing()
    faults = []
    if state.mode is not None and state.mode & 0o077:
        faults.append(message("check_seal_open", path=state.key_file, mode=f"{state.mode:o}"))
    if state.unfinished or state.num_old:
        faults.append(message("check_seal_unfinished", count=state.num_old))
    elif state.prepared is not None:
        faults.append(message("check_seal_prepared", fingerprint=state.prepared))
    if state.num_foreign:
        faults.append(message("check_seal_foreign", count=state.num_foreign))
    if state.num_plain:
        faults.append(message("check_seal_plain", count=state.num_plain))
    if faults:
        raise _FaultError(" ".join(faults))
    if state.source is None:
        return message("check_seal_none", path=state.key_file)
    return message(
        "check_seal_value",
        source=state.source,
        mode="—" if state.mode is None else f"{state.mode:o}",
        fingerprint=state.fingerprint,
        count=state.num_sealed,
    )


def _model(settings: Settings) -> str:
    from qa_pipeline.asr.fetch import ensure

    return f"{settings.model} ({ensure(settings)})"


def _names(_: Settings) -> str:
    from qa_pipeline.text.tagger import tagger

    return tagger().check()


def _meanings(_: Settings) -> str:
    from qa_pipeline.text import meanings

    return meanings.check()


def _rubrics(settings: Settings) -> str:
    from qa_pipeline import bootstrap

    return message("check_rubrics_value", count=len(bootstrap.rubrics(settings)))


def _decoder(settings: Settings) -> str:
    """Decode a second of silence the way a recording is decoded, child process and all."""
    from qa_pipeline.audio.decode import PyAvReader

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "silence.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(2 * 2 * 8000))
        with PyAvReader(settings).open(path) as decoded:
            return f"{decoded.facts.recording.codec} {decoded.facts.recording.duration_ms} ms"


def _mono(_: Settings) -> str:
    """Doing without the component is a choice, not a fault."""
    from qa_pipeline.diarization.embeddings import available

    return message("check_mono_there" if available() else "check_mono_absent")


def _prefect(settings: Settings) -> str:
    from importlib.metadata import version

    from qa_pipeline import resources
    from qa_pipeline.cli.flow import prepare_prefect

    prepare_prefect(settings.data_dir)
    resources.flow_module("score_recordings")
    return version("prefect")
