"""Models come whole or not at all: joining, damage, repair, two processes at once."""

import hashlib
import multiprocessing
import shutil
import sys
from pathlib import Path

import pytest

from qa_pipeline.asr import catalog, fetch, files
from qa_pipeline.asr.catalog import ModelEntry, ModelFile
from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings

MODEL = b"first half|" * 5000 + b"second half|" * 5000
CONTENT = {"model.bin": MODEL, "config.json": b"{}", "tokenizer.json": b"[]", "vocabulary.txt": b"a\nb\n"}


def file_entry(name: str, parts: tuple[str, ...] = ()) -> ModelFile:
    content = CONTENT[name]
    return ModelFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest(), parts=parts)


def packaged() -> ModelEntry:
    return ModelEntry(
        name="tiny",
        revision="0123456789abcdef",
        source="packages",
        repository="someone/tiny",
        licence="MIT",
        default=True,
        files=(
            file_entry("model.bin", ("fake_part1/data/model.bin.part1", "fake_part2/data/model.bin.part2")),
            *(file_entry(n, (f"fake_part1/data/{n}",)) for n in ("config.json", "tokenizer.json")),
            file_entry("vocabulary.txt", ("fake_part1/data/vocabulary.txt",)),
        ),
    )


def from_hub(*, pinned: bool = True) -> ModelEntry:
    return ModelEntry(
        name="big" if pinned else "unknown-origin",
        revision="feedbeef0000",
        source="hub",
        repository="someone/big",
        licence="MIT",
        files=tuple(file_entry(name) for name in CONTENT) if pinned else (),
    )


def write_packages(root: Path) -> None:
    for number in (1, 2):
        data = root / f"fake_part{number}" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").write_text("raise RuntimeError('data only, never imported')\n")
    half = len(MODEL) // 2
    (root / "fake_part1/data/model.bin.part1").write_bytes(MODEL[:half])
    (root / "fake_part2/data/model.bin.part2").write_bytes(MODEL[half:])
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (root / "fake_part1/data" / name).write_bytes(CONTENT[name])


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "packages"
    write_packages(root)
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.setattr(catalog, "load", lambda: (packaged(), from_hub(), from_hub(pinned=False)))
    return root


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(model="tiny", model_cache_dir=tmp_path / "cache")


def code_of(action: object, *args: object, **kwargs: object) -> str:
    with pytest.raises(SetupError) as caught:
        action(*args, **kwargs)  # type: ignore[operator]
    assert str(caught.value)
    return caught.value.code


def test_shipped_catalogue_is_whole() -> None:
    entries = catalog.load()
    assert [e.name for e in entries if e.default] == ["base"]
    assert catalog.get("base").digest == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    assert catalog.get("small").digest == "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"
    for entry in entries:
        assert set(entry.notes) == {"zh", "en"}
        assert all(len(f.sha256) == 64 and f.size > 0 for f in entry.files)
        assert all(f.parts for f in entry.files) == (entry.source == "packages" or not entry.files)


def test_unknown_keys_in_a_catalogue_are_errors() -> None:
    text = (
        "default: a\nmodels:\n"
        "- {name: a, revision: r, source: hub, repository: x, licence: MIT, files: [], sice: 1}\n"
    )
    with pytest.raises(ValueError, match="sice"):
        catalog.parse(text)


def test_first_use_joins_the_parts_once(packages: Path, settings: Settings) -> None:
    path = fetch.ensure(settings)
    assert {p.name: p.read_bytes() for p in path.iterdir() if p.name in CONTENT} == CONTENT
    shutil.rmtree(packages)
    assert fetch.ensure(settings) == path
    assert fetch.verify(settings).ok
    assert fetch.model_digest(settings) == hashlib.sha256(MODEL).hexdigest()
    assert "fake_part1" not in sys.modules


def test_a_file_changed_since_is_refused_and_fetch_repairs_it(packages: Path, settings: Settings) -> None:
    model = fetch.ensure(settings) / "model.bin"
    model.write_bytes(MODEL[:-1] + b"!")
    assert code_of(fetch.ensure, settings) == "model.digest_mismatch"
    assert [s.state for s in fetch.status(settings) if s.selected] == ["damaged"]
    assert not fetch.verify(settings).ok
    fetch.fetch(settings, "tiny")
    assert (fetch.ensure(settings) / "model.bin").read_bytes() == MODEL
    assert [p.name for p in settings.model_cache_dir.iterdir() if "staging" in p.name] == []  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_half_written_or_missing_file_is_refused(packages: Path, settings: Settings, name: str) -> None:
    path = fetch.ensure(settings)
    (path / name).write_bytes(CONTENT[name][:1])
    assert code_of(fetch.ensure, settings) == "model.incomplete"
    (path / name).unlink()
    assert code_of(fetch.ensure, settings) == "model.incomplete"
    fetch.fetch(settings, "tiny")
    assert fetch.ensure(settings) == path


def test_the_message_names_the_command_that_repairs(packages: Path, settings: Settings) -> None:
    (fetch.ensure(settings) / "model.bin").write_bytes(b"")
    with pytest.raises(SetupError, match="qa models fetch tiny"):
        fetch.ensure(settings)


def test_without_a_stamp_every_byte_is_read_again(packages: Path, settings: Settings) -> None:
    path = fetch.ensure(settings)
    (path / files.STAMP).write_text("not json")
    assert fetch.ensure(settings) == path
    assert set(files.read_stamp(path)) == set(CONTENT)
    (path / files.STAMP).unlink()
    (path / "model.bin").write_bytes(MODEL[:-1] + b"!")
    assert code_of(fetch.ensure, settings) == "model.digest_mismatch"


def test_damaged_and_missing_packages_are_named(packages: Path, settings: Settings) -> None:
    part = packages / "fake_part2/data/model.bin.part2"
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    assert code_of(fetch.ensure, settings) == "model.package_damaged"
    part.unlink()
    with pytest.raises(SetupError, match="fake-part2"):
        fetch.ensure(settings)
    assert not (settings.model_cache_dir / packaged().folder_name).exists()  # type: ignore[operator]


def test_what_a_killed_process_left_is_no_hindrance(packages: Path, settings: Settings) -> None:
    cache = settings.model_cache_dir
    assert cache is not None
    staging = cache / f".{packaged().folder_name}.staging"
    staging.mkdir(parents=True)
    (staging / "model.bin").write_bytes(MODEL[:10])
    assert (fetch.ensure(settings) / "model.bin").read_bytes() == MODEL


def _join(root: str, cache: str, results: "multiprocessing.Queue[str]") -> None:
    sys.path.insert(0, root)
    catalog.load = lambda: (packaged(),)  # type: ignore[assignment]
    path = fetch.ensure(Settings(model="tiny", model_cache_dir=Path(cache)))
    results.put(hashlib.sha256((path / "model.bin").read_bytes()).hexdigest())


def test_two_processes_at_once_get_the_same_whole_model(tmp_path: Path) -> None:
    write_packages(tmp_path / "packages")
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[str] = context.Queue()
    workers = [
        context.Process(target=_join, args=(str(tmp_path / "packages"), str(tmp_path / "cache"), results))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    found = {results.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert found == {hashlib.sha256(MODEL).hexdigest()}
    assert sorted(p.name for p in (tmp_path / "cache").iterdir() if not p.name.startswith(".")) == [
        packaged().folder_name
    ]


def test_unknown_name_gets_the_nearest(packages: Path, settings: Settings) -> None:
    with pytest.raises(SetupError, match="tiny") as caught:
        fetch.ensure(settings, "tinny")
    assert caught.value.code == "model.unknown"
    assert code_of(fetch.ensure, settings, "/nowhere/at/all") == "model.no_directory"


def test_a_directory_is_used_as_it_is(packages: Path, settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("model.bin", "config.json"):
        (own / name).write_bytes(CONTENT[name])
    assert code_of(fetch.ensure, settings, str(own)) == "model.directory_incomplete"
    for name in ("tokenizer.json", "vocabulary.txt"):
        (own / name).write_bytes(CONTENT[name])
    assert fetch.ensure(settings, str(own)) == own
    assert code_of(fetch.fetch, settings, str(own)) == "model.is_directory"
    chosen = settings.model_copy(update={"model": str(own)})
    assert fetch.model_digest(chosen) == hashlib.sha256(MODEL).hexdigest()
    (own / "model.bin").write_bytes(b"another")
    assert fetch.model_digest(chosen) == hashlib.sha256(b"another").hexdigest()
    assert [s.source for s in fetch.status(chosen) if s.selected] == ["directory"]


def fake_hub(monkeypatch: pytest.MonkeyPatch, content: dict[str, bytes]) -> None:
    import huggingface_hub

    def one(repository: str, name: str, *, revision: str, local_dir: Path) -> str:
        (local_dir / ".cache").mkdir(exist_ok=True)
        (local_dir / name).write_bytes(content[name])
        return str(local_dir / name)

    def whole(repository: str, *, revision: str, local_dir: Path, allow_patterns: list[str]) -> str:
        for name in content:
            one(repository, name, revision=revision, local_dir=local_dir)
        return str(local_dir)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", one)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", whole)


def test_hub_models_are_fetched_only_on_demand(
    packages: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code_of(fetch.ensure, settings, "big") == "model.missing"
    fake_hub(monkeypatch, CONTENT)
    path = fetch.fetch(settings, "big")
    assert fetch.ensure(settings, "big") == path
    assert sorted(p.name for p in path.iterdir()) == sorted([*CONTENT, files.STAMP])


def test_other_bytes_from_the_hub_are_thrown_away(
    packages: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_hub(monkeypatch, {**CONTENT, "model.bin": MODEL + b"!"})
    assert code_of(fetch.fetch, settings, "big") == "model.hub_refused"
    assert code_of(fetch.ensure, settings, "big") == "model.missing"


def test_an_unreachable_hub_says_so(
    packages: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    def unreachable(*args: object, **kwargs: object) -> str:
        raise ConnectionError("no route")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unreachable)
    assert code_of(fetch.fetch, settings, "big") == "model.hub_unreachable"


def test_trust_on_first_fetch_must_be_said(
    packages: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_hub(monkeypatch, CONTENT)
    assert code_of(fetch.fetch, settings, "unknown-origin") == "model.untrusted"
    path = fetch.fetch(settings, "unknown-origin", trust=True)
    result = fetch.verify(settings, "unknown-origin")
    assert (result.ok, result.pinned) == (True, False)
    assert fetch.model_digest(settings, "unknown-origin") == hashlib.sha256(MODEL).hexdigest()
    (path / "model.bin").write_bytes(MODEL[:-1] + b"!")
    assert code_of(fetch.ensure, settings, "unknown-origin") == "model.digest_mismatch"


def test_a_cache_that_cannot_be_written_says_so(packages: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = Settings(model="tiny", model_cache_dir=tmp_path / "file")
    assert code_of(fetch.ensure, settings) == "model.cache_failed"
