"""The flow writes what the command writes, always covered, and tells Prefect nothing that was said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from clip_world import CUSTOMER, GOOD_TALK, PRIVATE_TALK, World, everything, leaks

from qa_pipeline import bootstrap, resources


def test_a_run_from_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    world.score(replace(CUSTOMER, call_id="one"), PRIVATE_TALK)
    world.score(replace(CUSTOMER, call_id="gone", agent_id="3109"), PRIVATE_TALK).unlink()
    world.score(replace(CUSTOMER, call_id="good", agent_id="3108"), GOOD_TALK)
    monkeypatch.setenv("QA_DATA_DIR", str(world.settings.data_dir))
    monkeypatch.setattr(bootstrap, "ports", lambda settings: world.ports)
    module = resources.flow_module("clips")
    told: list[str] = []
    monkeypatch.setattr(module, "create_markdown_artifact", lambda key, markdown: told.append(markdown))
    done = module.clips.fn(out=str(tmp_path / "class"), criterion="soothe")
    assert (done.written, done.failed) == (1, 0)
    assert done.archive == tmp_path / "class.zip"
    assert leaks(everything(tmp_path / "class")) == []
    (artifact,) = told
    assert "已写出 1 个" in artifact and "gone" in artifact and "包裹" not in artifact
    world.store.close()
