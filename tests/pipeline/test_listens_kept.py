"""What was listened to once serves re-scoring and trials of new forms; another run decides the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import utterance
from fakes import FakeSound, Heard, write_recording

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.pipeline.backtest import backtest
from qa_pipeline.pipeline.plan import make_plan
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.lease import this_process
from qa_pipeline.storage.store import SqlStore

CALL = Heard(
    utterances=(
        utterance(0, 0, 4, "您好工号六六六二"),
        utterance(1, 5, 7, "我想查一下快递"),
        utterance(0, 8, 14, "好的感谢您的奶性等帅"),
    ),
    said=True,
)


def form(version: int) -> Rubric:
    """Each version asks for the same words a little differently, so that nothing is taken from an earlier scorecard."""
    return parse_rubric(
        f"""
rubric: small
version: {version}
title: 小评分表
bands: {{好: 80, 差: 0}}
sections:
  - id: all
    title: 全部
    criteria:
      - id: thanks
        title: 致谢
        points: 10
        severity: minor
        check: {{op: must_say, phrases: [感谢您的耐心等待], min_similarity: 0.95{version}}}
""",
        "small.yaml",
    )


class World:
    """A data folder with one call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=folder / "data")
        self.sound = FakeSound({"call": CALL})
        self.store = SqlStore(self.settings)
        self.artifacts = FileArtifacts(self.settings)
        self.path = write_recording(folder / "call.wav", "call")
        self.engine = {"engine": "test", "listening": "v1"}

    def outcome(self, version: int) -> Outcome:
        ports = Ports(
            reader=self.sound,
            recognizer=self.sound,
            store=self.store,
            artifacts=self.artifacts,
            engine=self.engine,
            owner=this_process(),
        )
        scoring = Scoring(ports, self.settings, (), forced=form(version))
        jobs = make_plan([str(self.path)], None, self.settings).jobs
        scoring.register(jobs)
        [result] = scoring.score_batch(jobs)
        assert result.scorecard is not None
        return result.scorecard.findings[0].finding.outcome

    def open_stored(self, settings: Settings) -> tuple[SqlStore, FileArtifacts, dict[str, str]]:
        return self.store, self.artifacts, self.engine


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_scoring_again_listens_to_nothing(world: World) -> None:
    assert world.outcome(1) is Outcome.MET
    assert (len(world.sound.listened), world.sound.opened) == (1, 1)
    assert world.outcome(2) is Outcome.MET
    assert (len(world.sound.listened), world.sound.opened) == (1, 1)


def test_a_new_form_is_tried_with_what_was_listened_to(world: World) -> None:
    world.outcome(1)
    trial = backtest(form(1), form(2), world.settings, open_stored=world.open_stored, workers=1)
    assert (trial.totals.compared, trial.totals.changed) == (1, 0)
    assert len(world.sound.listened) == 1


def test_without_the_listens_a_new_form_leaves_the_words_doubtful(world: World) -> None:
    world.outcome(1)
    shutil.rmtree(world.folder / "data" / "artifacts" / "listens")
    trial = backtest(form(1), form(2), world.settings, open_stored=world.open_stored, workers=1)
    [shift] = trial.totals.criteria()
    assert dict(shift.moves) == {("met", "needs_review"): 1}


def test_the_switch_is_part_of_what_decided_a_score(world: World) -> None:
    assert world.outcome(1) is Outcome.MET
    world.settings = world.settings.model_copy(update={"second_listen": False})
    assert world.outcome(1) is Outcome.NEEDS_REVIEW
