"""Nothing that was planted in a call survives in anything that a trainer is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import clip_world
import pytest
from clip_world import (
    CUSTOMER,
    GOOD_TALK,
    PRIVATE_TALK,
    SECRETS,
    World,
    audited,
    decoded,
    everything,
    leaks,
    noise_share,
)

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import InputError, QaError
from qa_pipeline.i18n import LANGS
from qa_pipeline.pipeline.clip_export import Request, export_clips
from qa_pipeline.pipeline.clip_measures import Side
from qa_pipeline.pipeline.clip_select import Mode
from qa_pipeline.pipeline.clip_wanted import Wanted
from qa_pipeline.pipeline.redact_calls import Redacted, redact_calls
from qa_pipeline.pipeline.redaction import Clean

GOOD = replace(CUSTOMER, call_id="good", agent_id="3108", agent_name="李小云", customer_id=None, extra={})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.score(CUSTOMER, PRIVATE_TALK)
    made.score(GOOD, GOOD_TALK)
    yield made
    made.store.close()


def fail(error: QaError) -> None:
    raise error


def export(world: World, out: Path, wanted: Wanted, **options: object) -> None:
    picked = world.clips.pick(wanted, world.criteria, fail).picked
    request = Request(out=out, archive=True, who="trainer", **options)  # type: ignore[arg-type]
    export_clips(world.clips, picked, request, store=world.store, settings=world.settings, on_error=fail)


def all_clips(world: World, out: Path, **options: object) -> None:
    """Every bad example of the private call, with its contrast."""
    export(world, out, Wanted(mode=Mode.WORST, agent="3107", pairs=True, top=20), **options)


def test_the_search_itself_finds_what_is_planted() -> None:
    assert set(leaks("幺三八零零 幺二三四五六；工号3107，欧阳雪梅，姑苏区云兰路")) >= {
        "phone", "agent_id", "name", "surname", "street", "place"
    }  # fmt: skip
    assert leaks("云帆物流工号〔号码〕，2026 年") == []
    assert set(leaks("\n".join(PRIVATE_TALK))) == set(SECRETS) - {"customer", "agent_name", "second_phone"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_planted_is_left_in_any_file(world: World, tmp_path: Path, lang: str) -> None:
    all_clips(world, tmp_path / "out" / "clips", lang=lang)
    text = everything(tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"clips", "clips.zip"}
    for part in ("_no_phone_", "_soothe_not_met", "_soothe_met", "_known_", "index.html", "document.xml"):
        assert part in text, part
    assert leaks(text) == []
    assert "包裹丢了" in text
    assert "李小云" not in text


def test_what_is_hidden_is_a_tone_in_the_sound_and_the_rest_is_not(world: World, tmp_path: Path) -> None:
    all_clips(world, tmp_path / "clips", format="wav")
    covered = 0
    for folder in sorted((tmp_path / "clips").glob("*_not_met")):
        told = json.loads((folder / "transcript.json").read_bytes())
        samples = decoded((folder / "audio.wav").read_bytes())
        assert len(samples) == pytest.approx(told["duration_ms"] * 16, abs=20)
        open_ = samples[: len(samples)].copy()
        for hidden in told["hidden"]:
            first, last = hidden["span"]["start_ms"] * 16, hidden["span"]["end_ms"] * 16
            inside = samples[max(first, 800) : min(last, len(samples) - 800)]
            if len(inside) > 1600:
                assert noise_share(inside) < 0.01, (folder.name, hidden)
                covered += 1
            open_[max(0, first - 3300) : last + 3300] = 0
        left = open_[open_ != 0]
        assert noise_share(left) > 0.9
    assert covered >= 5


def test_a_whole_recording_is_told_and_heard_without_it(world: World, tmp_path: Path) -> None:
    done: list[Redacted] = []
    errors: list[QaError] = []
    failed = redact_calls(
        [CUSTOMER.call_id, "nosuch"],
        tmp_path / "red",
        ports=world.ports,
        scoring=world.scoring,
        settings=world.settings,
        lang="zh",
        format_="mp3",
        who="trainer",
        on_done=done.append,
        on_error=errors.append,
    )
    assert (failed, [e.code for e in errors]) == (1, ["input.unknown_call"])
    text = everything(tmp_path / "red")
    assert leaks(text) == []
    listed = json.loads((tmp_path / "red" / "01" / "redacted.json").read_bytes())
    assert {"number", "person", "address"} <= {h["kind"] for h in listed}
    assert all(set(h) == {"kind", "role", "span"} for h in listed)
    samples = decoded((tmp_path / "red" / "01" / "audio.mp3").read_bytes())
    longest = max(listed, key=lambda h: h["span"]["end_ms"] - h["span"]["start_ms"])["span"]
    assert noise_share(samples[longest["start_ms"] * 16 : longest["end_ms"] * 16]) < 0.05
    assert noise_share(samples[: 16 * 900]) > 0.9


def test_leaving_it_in_needs_a_setting_and_is_written_down(world: World, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        all_clips(world, tmp_path / "open", redact=False)
    assert refused.value.code == "clips.not_allowed"
    assert not (tmp_path / "open").exists()

    allowed = World(tmp_path, allow=True)
    allowed.sound.recordings = world.sound.recordings
    all_clips(allowed, tmp_path / "open", redact=False, name_agents=True)
    assert {"phone", "name", "street", "agent_name"} <= set(leaks(everything(tmp_path / "open")))
    assert audited(allowed)[-1]["redacted"] is False
    all_clips(allowed, tmp_path / "open")
    assert leaks(everything(tmp_path / "open")) == [], "an earlier run's open clips must not stay"
    assert audited(allowed)[-1]["redacted"] is True
    assert audited(allowed)[-1]["clips"][0]["call_id"] == CUSTOMER.call_id
    assert allowed.store.verify_audit()[1] is None
    allowed.store.close()


def test_an_agent_is_named_only_when_asked(world: World, tmp_path: Path) -> None:
    all_clips(world, tmp_path / "clips", name_agents=True)
    text = everything(tmp_path / "clips")
    assert "周小扬" in text
    assert set(leaks(text)) == {"agent_name", "agent_id"}


def test_figures_that_only_look_like_a_record_stay(world: World) -> None:
    row = world.store.call("good")
    assert row is not None
    call = world.scoring.rebuild(row)
    assert call is not None
    info = replace(call.info, agent_id="3108", customer_id="12", extra={"城市": "苏州", "客户电话": "555"})
    clean = Clean(replace(call, info=info), "zh")
    assert clean.text("12 小时，苏州，5550 元") == "12 小时，苏州，5550 元"
    assert clean.text("工号3108，555") == "工号〔号码〕，〔号码〕"


def test_a_number_in_the_forms_examples_is_still_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = """        examples:
          - met: ["客服：您好云帆物流工号3107"]
            call: {agent_id: "3107"}
"""
    monkeypatch.setattr(clip_world, "RUBRIC", clip_world.RUBRIC + example)
    world = World(tmp_path)
    world.score(CUSTOMER, PRIVATE_TALK)
    all_clips(world, tmp_path / "clips")
    export(world, tmp_path / "greeting", Wanted(criterion="greeting", outcome=Outcome.MET))
    assert leaks(everything(tmp_path / "clips")) == []
    text = everything(tmp_path / "greeting")
    assert "工号" in text and leaks(text) == []
    world.store.close()


def test_moments_and_words_hide_the_same(world: World, tmp_path: Path) -> None:
    for name, wanted in {
        "dead_air": Wanted(measure="dead_air", direction=Side.HIGH, pairs=True),
        "rate": Wanted(measure="语速", mode=Mode.VARIED),
        "talk": Wanted(measure="talk_share_pct", role=Role.CUSTOMER),
        "phone": Wanted(words="幺三八零零"),
        "name": Wanted(words="欧阳女士"),
        "street": Wanted(words="姑苏区云兰路"),
    }.items():
        for lang in LANGS:
            export(world, tmp_path / "out" / f"{name}-{lang}", wanted, lang=lang)
    text = everything(tmp_path / "out")
    assert "01_words/case.md" in text and "01_dead_air_max_s_call" in text
    assert leaks(text) == []
