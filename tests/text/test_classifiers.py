"""Trained models are read only as listed, hold nothing but trusted types, and answer the same every time."""

from __future__ import annotations

import hashlib
import pickle
import random
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from qa_pipeline import resources
from qa_pipeline.errors import SetupError
from qa_pipeline.i18n import catalogue as messages
from qa_pipeline.i18n import error_text
from qa_pipeline.text import classifiers
from qa_pipeline.text.features import NUM_FEATURES, num_chars, row, vectors
from qa_pipeline.text.likeness import sound
from qa_pipeline.text.normalize import normalize

AGENT = "请您提供一下单号我帮您登记稍后会有专人联系您"
CUSTOMER = "我的快递三天了还没到你们怎么回事"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped folder that may be damaged."""
    folder = tmp_path / "models"
    shutil.copytree(resources.folder("models"), folder)
    monkeypatch.setattr(classifiers, "folder", lambda name: tmp_path / name)
    _forget()
    yield folder
    _forget()


def _forget() -> None:
    classifiers.catalogue.cache_clear()
    classifiers.load.cache_clear()


def refused(name: str) -> str:
    with pytest.raises(SetupError) as caught:
        classifiers.load(name)
    assert error_text(caught.value, "zh")
    assert error_text(caught.value, "en")
    return caught.value.code


def test_every_model_is_small_listed_with_its_digest_has_a_card_and_named_labels() -> None:
    folder = resources.folder("models")
    for name, entry in classifiers.catalogue().items():
        content = (folder / entry.file).read_bytes()
        assert len(content) < 1_000_000
        assert hashlib.sha256(content).hexdigest() == entry.sha256
        card = (folder / entry.file).with_name("CARD.md").read_text(encoding="utf-8")
        assert "area under the ROC curve" in card
        for label in entry.labels:
            assert f"`{label.name}`" in card
            for lang in ("zh", "en"):
                assert messages("findings", lang)[f"label.{name}.{label.name}"]


def test_no_text_of_the_training_data_is_stored() -> None:
    folder = resources.folder("models")
    for entry in classifiers.catalogue().values():
        with zipfile.ZipFile(folder / entry.file) as packed:
            schema = packed.read("schema.json").decode("unicode_escape")
        assert not re.search("[\u4e00-\u9fff]{2}", schema)


def test_answers() -> None:
    model = classifiers.load("speaker_role")
    assert model.probability(AGENT, "agent") > 0.9
    assert model.probability(CUSTOMER, "agent") < 0.1
    both = model.probability(CUSTOMER, "agent") + model.probability(CUSTOMER, "customer")
    assert both == pytest.approx(1, abs=1e-3)
    for_agent, against = model.pulls([AGENT, CUSTOMER], "agent")
    assert for_agent > 0 > against
    assert model.pulls([], "agent") == ()


def test_the_same_text_has_the_same_answer_beside_whatever_other() -> None:
    alone = vectors([AGENT]).toarray()
    beside = vectors([CUSTOMER, AGENT, ""]).toarray()
    assert (alone[0] == beside[1]).all()
    assert not beside[2].any()
    assert alone.shape == (1, NUM_FEATURES)


def written_out(text: str) -> Iterator[str]:
    """Every feature of a text by name, as often as it occurs."""
    chars = normalize(text)
    sounds = [sound(c) for c in chars]
    yield from chars
    for size in (2, 3):
        for i in range(len(chars) - size + 1):
            yield chars[i : i + size]
            yield "~" + " ".join(sounds[i : i + size])


def test_the_features_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.preprocessing import normalize as unit_length

    rng = random.Random(5)
    alphabet = "0一二三百您好请问快递单号幺a bZéßΩ𠀀，。!"
    texts = ["", "好", *("".join(rng.choices(alphabet, k=rng.randrange(60))) for _ in range(200)), AGENT * 40]
    hasher = FeatureHasher(NUM_FEATURES, input_type="string", alternate_sign=False)
    theirs = hasher.transform(written_out(t) for t in texts)
    theirs.data = np.log1p(theirs.data)
    theirs = unit_length(theirs)
    ours = vectors(texts)
    assert (ours.indptr == theirs.indptr).all()
    assert (ours.indices == theirs.indices).all()
    assert (ours.data == theirs.data).all()
    weights = np.array([rng.gauss(0, 1) for _ in range(NUM_FEATURES)])
    assert [row(t).dot(weights) for t in texts] == (theirs @ weights).tolist()


def test_what_is_only_written_makes_no_features() -> None:
    written, said = row("@某某客服 [呵呵]你好#话题#"), row("你好")
    assert (written.indices == said.indices).all()
    assert len(said.indices) == 4  # 你, 好, 你好, ~li hao
    assert num_chars(["@某某客服 你好", "再见！"]) == 4
    with pytest.raises(ValueError, match="unknown features"):
        vectors(["x"], "words-1")


def test_the_digest_follows_the_list(copied: Path) -> None:
    before = classifiers.digest()
    with (copied / "classifiers.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert classifiers.digest() != before


def test_a_missing_list_and_a_missing_model(copied: Path) -> None:
    (copied / "speaker_role" / "model.skops").unlink()
    assert refused("speaker_role") == "model.classifier_missing"
    (copied / "classifiers.yaml").unlink()
    _forget()
    assert refused("speaker_role") == "model.classifiers_missing"


def test_a_changed_model_is_not_read(copied: Path) -> None:
    path = copied / "speaker_role" / "model.skops"
    path.write_bytes(pickle.dumps("harmless"))
    assert refused("speaker_role") == "model.classifier_changed"


def test_types_that_the_list_does_not_trust_are_refused(copied: Path) -> None:
    from skops import io

    # A type outside what skops trusts; the list names its digest, and still it is not read.
    content = io.dumps(
        {"model": Path("x"), "other": classifiers.Label(name="a", min_confidence=0.5, sure=0.5)}
    )
    (copied / "speaker_role" / "model.skops").write_bytes(content)
    listed = yaml.safe_load((copied / "classifiers.yaml").read_text(encoding="utf-8"))
    listed["classifiers"][0]["sha256"] = hashlib.sha256(content).hexdigest()
    (copied / "classifiers.yaml").write_text(yaml.safe_dump(listed), encoding="utf-8")
    _forget()
    assert refused("speaker_role") == "model.classifier_untrusted"


def test_rubrics_are_read_without_scikit_learn() -> None:
    program = (
        "import sys; from qa_pipeline.rules.registry import OPERATORS; "
        "OPERATORS['classified_as'](op='classified_as', model='speaker_role', label='agent'); "
        "sys.exit(any(m in sys.modules for m in ('sklearn', 'skops', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
