"""``qa rubric suggest`` as a QA lead meets it, and what the other commands say of its proposal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import threshold_world as tw

from qa_pipeline.cli.main import run

DAYS = ["--from", "2026-03-10", "--to", "2026-03-10"]


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person who minds silences from eight seconds on, and one mark in 25 that is a slip."""
    folder = tmp_path_factory.mktemp("reviewed")
    world = tw.World(folder)
    world.mark(lambda call, silence, chance: {"li": (silence >= 8) != (chance.random() < 0.04)})
    world.close()
    return folder


@pytest.fixture
def form(reviewed: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("QA_DATA_DIR", str(reviewed / "data"))
    return str(reviewed / "small.yaml")


def test_the_table_the_line_and_what_to_do_next(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rubric", "suggest", form, *DAYS]) == 0
    told = capsys.readouterr().out
    assert "120 通有人工复核" in told and "seconds 5 → 8" in told and "建议修改" in told
    assert "call-0" in told and "@ 9.0：未达标 → 达标；人工：li 达标" in told
    assert (
        "第 13 行" in told
        and "\n-        check: {op: dead_air_under, role: any, seconds: 5}   # 秒\n" in told
    )
    assert f"qa rubric backtest '新评分表.yaml' --against {form}" in told and "version 改成 2" in told
    assert "另有 2 个评分项没有人工复核" in told
    assert "从不建议低于默认值 0.6" in told
    assert "错扣 3，漏判 1" in told


def test_english(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rubric", "suggest", form, *DAYS, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "seconds 5 → 8" in told and "change it" in told and "wrong deductions" in told


def test_json_lines(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rubric", "suggest", form, *DAYS, "--format", "json", "--criterion", "dead_air"]) == 0
    summary, one, *confidence = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (summary["kind"], summary["schema_version"], summary["suggestions"]) == ("summary", 1, 1)
    assert one["suggestion"]["suggested"] == 8 and one["verdict"] == "suggested"
    assert one["then"]["kappa"]["value"] > one["now"]["kappa"]["value"]
    changed = one["suggestion"]["changed"]
    assert changed and {c["after"] for c in changed} == {"met"}
    assert [c["setting"] for c in confidence] == ["min_confidence", "min_confidence_fatal"]
    sure = confidence[0]["bins"][-1]
    assert sure["low"] == 1 and 0 < sure["confirmed"]["value"] < 1


def test_a_proposal_goes_through_the_next_commands(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = str(tmp_path / "new.yaml")
    before = Path(form).read_bytes()
    assert run(["rubric", "suggest", form, *DAYS, "--out", new]) == 0
    assert f"qa rubric check {new}" in capsys.readouterr().out
    assert Path(form).read_bytes() == before
    assert run(["rubric", "check", new]) == 0
    assert run(["rubric", "diff", form, new, "--lang", "en"]) == 0
    assert run(["rubric", "test", new]) == 1  # the example with six seconds of silence, as announced
    capsys.readouterr()
    assert run(["rubric", "backtest", new, "--against", form]) == 0
    assert "120" in capsys.readouterr().out
    assert run(["rubric", "suggest", new, *DAYS]) == 0
    told = capsys.readouterr().out
    assert "120 条复核是针对旧措辞的" in told and "没有针对这份评分表现有措辞的人工复核" not in told


def test_without_reviews_it_says_how_to_get_them(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rubric", "suggest", form, "--month", "2020-01"]) == 0
    assert "qa sample" in capsys.readouterr().out


def test_without_a_suggestion_no_file_is_written(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.yaml"
    assert run(["rubric", "suggest", form, *DAYS, "--criterion", "thanks", "--out", str(new)]) == 0
    assert "没有写文件" in capsys.readouterr().out and not new.exists()


def test_a_criterion_without_thresholds_says_so(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rubric", "suggest", form, *DAYS, "--criterion", "solved"]) == 0
    assert "没有可以调的数值" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--criterion", "dead_ai"], "是不是 dead_air"),
        (["--out", "{form}"], "不会覆盖它"),
        (["--out", "{folder}/new.txt"], "不是 .yaml"),
        (["--wrong-weight", "0"], "--wrong-weight"),
        (["--from", "2026-03-11", "--to", "2026-03-10"], "2026-03-11"),
    ],
)
def test_wrong_input_is_told_in_words(
    form: str, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [a.format(form=form, folder=tmp_path) for a in arguments]
    assert run(["rubric", "suggest", form, *(() if "--from" in given else DAYS), *given]) == 2
    assert said in capsys.readouterr().err


def test_a_file_of_the_same_name_that_says_something_else_is_not_taken_for_the_stored_form(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    other = Path(form).read_text(encoding="utf-8").replace("title:", "note: 另一份\ntitle:", 1)
    (tmp_path / "small.yaml").write_text(other, encoding="utf-8")
    assert run(["rubric", "suggest", "small@1", *DAYS, "--criterion", "dead_air"]) == 0
    told = capsys.readouterr().out
    assert "第 13 行" in told and "seconds 5 → 8" in told
