"""Nothing that was planted in a call survives in what is kept of its score or shown of it, in any file and any row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from clip_world import CUSTOMER, PRIVATE_TALK, World, everything, leaks, talk
from fakes import Heard, write_recording
from sqlalchemy import create_engine, select

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.calls import opened, result_of, view_call
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.output import call_json, result_json, transcript_json
from qa_pipeline.pipeline.pages import PageWriter, page_name
from qa_pipeline.pipeline.scoring import Job
from qa_pipeline.reports.index_page import render_index
from qa_pipeline.storage import codec
from qa_pipeline.storage.schema import audit, scorecard_docs

OWN = {"agent_id", "agent_name"}
"""Pages of the house itself name agents."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.score(CUSTOMER, PRIVATE_TALK)
    yield made
    made.store.close()


def result(world: World) -> CallResult:
    row = world.store.call(CUSTOMER.call_id)
    assert row is not None
    return result_of(row, world.store)


def writer(world: World, out: Path, *, redact: bool = True) -> PageWriter:
    out.mkdir(exist_ok=True)
    return PageWriter(out, world.ports, world.scoring, world.settings, "zh", who="tester@here", redact=redact)


def rows(world: World, table: object, *columns: object) -> list[tuple[object, ...]]:
    engine = create_engine(f"sqlite:///{world.settings.data_dir / 'qa.db'}")
    with engine.connect() as db:
        found = [tuple(row) for row in db.execute(select(*columns))]  # type: ignore[arg-type]
    engine.dispose()
    return found


def audited(world: World, action: str) -> list[tuple[object, ...]]:
    every = rows(world, audit, audit.c.actor, audit.c.action, audit.c.subject, audit.c.detail)
    return [(actor, subject, detail) for actor, what, subject, detail in every if what == action]


def test_the_kept_scorecard_holds_nothing_private_and_still_says_what_was_deducted(world: World) -> None:
    (doc,) = rows(world, scorecard_docs, scorecard_docs.c.doc)
    text = codec.decompress(bytes(doc[0])).decode()  # type: ignore[call-overload]
    assert CUSTOMER.call_id in text
    assert set(leaks(text.replace(CUSTOMER.call_id, ""))) <= OWN
    card = result(world).scorecard
    assert card is not None
    by_id = {f.finding.criterion_id: f for f in card.findings}
    assert by_id["no_phone"].finding.evidence[0].quote == "〔号码〕"
    assert "工号3107" in str(by_id["greeting"].finding.evidence), (
        "what the form asks of an agent stays readable"
    )
    assert by_id["known"].finding.explanation.params["value"] == "〔姓名〕"
    # What was decided, and where it is heard, does not depend on what may be read.
    assert {i: (f.finding.outcome.value, f.points) for i, f in by_id.items()} == {
        "greeting": ("met", 10),
        "no_phone": ("not_met", 0),
        "soothe": ("not_met", 0),
        "known": ("not_met", 0),
        "never": ("met", 1),
    }
    assert by_id["no_phone"].finding.evidence[0].span.duration_ms > 1000


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_planted_is_left_on_any_page_or_in_its_name(world: World, tmp_path: Path, lang: str) -> None:
    pages = PageWriter(
        tmp_path / "out",
        world.ports,
        world.scoring,
        world.settings,
        lang,
        who="tester@here",  # type: ignore[arg-type]
    )
    (tmp_path / "out").mkdir()
    written = pages.call_pages([result(world)])
    pages.index([result(world)], written, "报告")
    text = everything(tmp_path / "out")
    assert set(leaks(text)) == OWN
    assert "包裹丢了" in re.sub("<[^>]+>", "", text)
    assert [p.name for p in written.values()] == [page_name(CUSTOMER.call_id)]
    assert page_name(CUSTOMER.call_id).startswith("call-")
    hidden = "已遮盖" if lang == "zh" else "are hidden"
    assert hidden in text
    assert audited(world, "call.exported") == [
        (
            "tester@here",
            CUSTOMER.call_id,
            {"path": str((tmp_path / "out" / page_name(CUSTOMER.call_id)).resolve()), "redacted": True},
        )
    ]
    assert pages.is_current(CUSTOMER.call_id)
    page = written[CUSTOMER.call_id]
    page.write_text(page.read_text(encoding="utf-8").replace("redaction-", "redaction-0"), encoding="utf-8")
    assert not pages.is_current(CUSTOMER.call_id), "a page made by an older redactor is made anew"


def test_the_sound_of_a_page_is_covered_where_something_private_is_said(world: World, tmp_path: Path) -> None:
    writer(world, tmp_path / "out").call_pages([result(world)])
    covered = world.sound.covered
    said = {u.text: u.span for u in talk(PRIVATE_TALK)}
    for private in ("幺三八零零", "幺二三四五六", "八八一二三四五六七零七七八八"):
        assert any(c.start_ms <= said[private].start_ms and c.end_ms >= said[private].end_ms for c in covered)
    for open_ in ("我的包裹丢了没有人理我", "不知道等着吧"):
        assert not any(c.intersection(said[open_]) for c in covered)


def test_json_holds_nothing_private_but_the_call_id(world: World) -> None:
    view = view_call(world.ports, world.scoring, CUSTOMER.call_id, world.settings, lang="zh", redact=True)
    assert view.call is not None
    heard = call_json(view.call, view.clean.shown)
    lines = [heard, result_json(view.result, "zh"), result_json(result(world), "en")]
    text = json.dumps(lines, ensure_ascii=False).replace(CUSTOMER.call_id, "")
    assert set(leaks(text)) <= OWN
    assert heard["call_id"] == CUSTOMER.call_id
    assert lines[1]["source"] == page_name(CUSTOMER.call_id).replace(".html", ".wav")
    number = next(u for u in heard["utterances"] if u["start_ms"] == talk(PRIVATE_TALK)[5].span.start_ms)
    assert number["text"] == "〔号码〕"
    assert number["measures"] == call_json(view.call, view.call)["utterances"][5]["measures"], "measures stay"


def test_an_error_names_no_number(world: World) -> None:
    path = f"/rec/{CUSTOMER.call_id}.wav"
    failed = replace(
        result(world),
        status=CallStatus.FAILED,
        scorecard=None,
        code="audio.missing",
        params={"path": path},
        source_name=path[5:],
    )
    index = render_index([failed], links={}, lang="zh", title="报告")
    told = json.dumps(result_json(failed, "zh"), ensure_ascii=False)
    assert leaks(index) == []
    assert leaks(told.replace(f'"call_id": "{CUSTOMER.call_id}"', "")) == []
    assert path in json.dumps(result_json(failed, "zh", open_=True), ensure_ascii=False)


def test_showing_everything_needs_a_setting_and_brings_the_quotes_back(world: World, tmp_path: Path) -> None:
    for refused in (
        lambda: writer(world, tmp_path / "open", redact=False),
        lambda: view_call(
            world.ports, world.scoring, CUSTOMER.call_id, world.settings, lang="zh", redact=False
        ),
    ):
        with pytest.raises(InputError) as error:
            refused()
        assert error.value.code == "clips.not_allowed"
    allowed = World(tmp_path, allow=True)
    allowed.sound.recordings = world.sound.recordings
    writer(allowed, tmp_path / "open", redact=False).call_pages([result(allowed)])
    text = everything(tmp_path / "open")
    assert {"phone", "name", "street", "customer"} <= set(leaks(text))
    assert "没有遮盖" in text
    assert allowed.sound.covered == ()
    assert audited(allowed, "call.exported")[-1][2]["redacted"] is False  # type: ignore[index]
    assert not writer(allowed, tmp_path / "open").is_current(CUSTOMER.call_id)
    card = opened(result(allowed), allowed.store, allowed.scoring).scorecard
    assert card is not None
    quotes = [
        e.quote for f in card.findings for e in f.finding.evidence if f.finding.criterion_id == "no_phone"
    ]
    assert "幺三八零零" in str(quotes[0])
    allowed.store.close()


def test_a_recording_that_is_no_conversation_is_shown_without_numbers_too(world: World) -> None:
    said = tuple(
        replace(u, channel=0) for u in talk(("坐：您的手机号码是多少", "客：我的是幺三八零零幺二三四五六"))
    )
    world.sound.recordings = {**world.sound.recordings, "one": Heard(utterances=said, channels=1)}
    path = write_recording(world.folder / "in" / "one.wav", "one")
    job = Job(source=Source(uri=str(path)), info=CallInfo(call_id="one"))
    world.scoring.register([job])
    (outcome,) = world.scoring.score_batch([job])
    assert outcome.scorecard is None
    view = view_call(world.ports, world.scoring, "one", world.settings, lang="zh", redact=True)
    assert view.call is None
    told = transcript_json(view.clean.shown)
    assert [u["text"] for u in told["utterances"]] == ["您的手机号码是多少", "我的是〔号码〕"]
