"""``qa seal``, and what ``qa doctor`` says of the key."""

from pathlib import Path

import pytest
from builders import transcript, utterance

from qa_pipeline.cli.main import run
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.artifacts import FileArtifacts

HEARD = transcript(utterance(0, 0, 4, "您好工号三一零七为您服务"))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two transcripts, one of them left in the clear by an earlier release."""
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path))
    FileArtifacts(Settings()).save("transcript/aa/new.json.gz", HEARD)
    (tmp_path / "artifacts/transcript/aa/old.json.gz").write_bytes(codec.compress(codec.dumps(HEARD)))
    return tmp_path


def doctor(capsys: pytest.CaptureFixture[str]) -> str:
    """Its line about the key, in English; the other checks may find what they like."""
    capsys.readouterr()
    run(["doctor", "--lang", "en"])
    return next(line for line in capsys.readouterr().out.splitlines() if "Encryption key" in line)


def test_what_lies_in_the_clear_is_counted_and_sealed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = doctor(capsys)
    assert line.startswith("fault")
    assert "1 were left in the clear" in line
    assert run(["seal", "--lang", "en"]) == 0
    assert f"Encrypted 1. The key is in {data / 'seal.key'}" in capsys.readouterr().out
    assert run(["seal", "--lang", "en"]) == 0
    assert "Nothing lies in the clear" in capsys.readouterr().out
    line = doctor(capsys)
    assert line.startswith("good")
    assert f"{data / 'seal.key'} (mode 600" in line
    assert "opens the 2 encrypted" in line
    assert FileArtifacts(Settings()).load("transcript/aa/old.json.gz", Transcript) == HEARD


def test_faults_of_the_key_are_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["seal"]) == 0
    key = data / "seal.key"
    key.chmod(0o644)
    assert "has mode 644" in doctor(capsys)
    key.chmod(0o600)
    (data / "artifacts/transcript/aa/other.json.gz").write_bytes(b"QASEAL1\n" + bytes(40))
    assert "1 are encrypted with another key" in doctor(capsys)
    key.unlink()
    line = doctor(capsys)
    assert line.startswith("fault")
    assert f"there is no key at {key}" in line
    assert run(["seal", "--lang", "en"]) == 2
    assert "seal.key" in capsys.readouterr().err
    assert not key.exists()


def test_before_the_first_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "new"))
    line = doctor(capsys)
    assert line.startswith("good")
    assert f"made at {tmp_path / 'new' / 'seal.key'}" in line
    assert not (tmp_path / "new" / "seal.key").exists()
    monkeypatch.setenv("QA_SEAL_KEY", "not-a-key")
    assert "QA_SEAL_KEY is not an encryption key" in doctor(capsys)


def test_the_key_is_changed_and_an_unfinished_change_is_told(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (data / "seal.key").read_bytes()
    assert run(["seal", "rekey", "--dry-run", "--lang", "en"]) == 0
    assert "2 in all, 2 to be changed" in capsys.readouterr().out
    assert (data / "seal.key").read_bytes() == before
    assert run(["seal", "rekey", "--dry-run", "--prepare"]) == 2
    assert run(["seal", "rekey", "--prepare"]) == 0
    assert "A new key lies ready" in doctor(capsys)
    path = data / "artifacts/transcript/aa/new.json.gz"
    good = path.read_bytes()
    path.write_bytes(good[:-1])
    assert run(["seal", "rekey", "--by", "数据保护员", "--lang", "zh"]) == 1
    told = capsys.readouterr()
    assert "已把 1 份改用新密钥" in told.out
    assert str(path) in told.err
    assert "换密钥还没有完成" in told.err
    line = doctor(capsys)
    assert line.startswith("fault")
    assert "not complete: 1 are still under the earlier key" in line
    path.write_bytes(good)
    assert run(["seal", "rekey", "--lang", "en"]) == 0
    assert f"has gone from {data / 'seal.key'}" in capsys.readouterr().out
    assert doctor(capsys).startswith("good")
    assert FileArtifacts(Settings()).load("transcript/aa/new.json.gz", Transcript) == HEARD
    assert run(["audit", "list", "--action", "seal", "--format", "json"]) == 0
    assert "数据保护员" in capsys.readouterr().out
