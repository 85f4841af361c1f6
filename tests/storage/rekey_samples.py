"""What the tests of changing the key share: a store, and what must hold of it at every moment."""

from __future__ import annotations

from pathlib import Path

from storage_samples import Samples

from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.rekey import Rekeyed, Rekeying
from qa_pipeline.storage.seal import sealed_by
from qa_pipeline.storage.store import SqlStore

TRANSCRIPT = Samples.call().transcript
KEYS = [f"transcript/{n:02d}/{n}.json.gz" for n in range(4)]


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"data_dir": folder, **more})


def opened(folder: Path, **more: object) -> FileArtifacts:
    """As a process just started sees it."""
    return FileArtifacts(settings(folder, **more))


def rekey(folder: Path, **more: object) -> Rekeyed:
    use_case = Rekeying(settings(folder, **more))
    try:
        return use_case.apply(who="tester")
    finally:
        use_case.close()


def closed_with(folder: Path) -> set[str | None]:
    return {sealed_by(path.read_bytes()) for path in folder.rglob("*.json.gz")}


def all_open(folder: Path, **more: object) -> None:
    """Nothing can't be read, and no key is missing."""
    artifacts = opened(folder, **more)
    assert [artifacts.load(key, Transcript) for key in KEYS] == [TRANSCRIPT] * len(KEYS)
    assert opened(folder, **more).sealing().num_foreign == 0


def audit(folder: Path, **more: object) -> list[str]:
    store, keep = SqlStore(settings(folder, **more)), SqlKeepStore(settings(folder, **more))
    assert store.verify_audit()[1] is None
    rows = keep.audit_rows(actions=["seal.rekey_started", "seal.rekeyed"])
    store.close()
    keep.close()
    return [row.action for row in rows]


def made(tmp_path: Path) -> Path:
    """Four transcripts, the last in the clear as an earlier release left it."""
    folder = tmp_path / "data"
    artifacts = opened(folder)
    for key in KEYS[:-1]:
        artifacts.save(key, TRANSCRIPT)
    plain = folder / "artifacts" / KEYS[-1]
    plain.parent.mkdir(parents=True)
    plain.write_bytes(codec.compress(codec.dumps(TRANSCRIPT)))
    store = SqlStore(settings(folder))
    store.check()
    store.close()
    return folder
