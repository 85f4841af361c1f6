"""The call page says everything, loads nothing, and can't be made to run what was said on the phone."""

import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape

import page_sample as sample
import pytest
from html_check import Page

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.time import Span
from qa_pipeline.i18n import Lang, catalogue
from qa_pipeline.reports.call_page import render_call_page
from qa_pipeline.reports.explain import explain

pytestmark = pytest.mark.usefixtures("sample_messages")
EVIL = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def render(
    call=None,
    card: Scorecard | None = None,
    *,
    lang: Lang = "zh",
    audio: bytes | None = b"ID3mp3",
    appeal_days=None,
) -> str:
    call = call or sample.make_call()
    return render_call_page(
        call,
        card or sample.make_scorecard(call),
        sample.RUBRIC,
        audio_mp3=audio,
        lang=lang,
        business_tz="Asia/Shanghai",
        appeal_days=appeal_days,
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("audio", [b"ID3mp3", None])
def test_page_is_balanced_and_self_contained(lang: Lang, audio: bytes | None) -> None:
    html = render(lang=lang, audio=audio)
    page = Page(html)
    assert page.faults == []
    assert page.named("html")[0]["lang"] == {"zh": "zh-CN", "en": "en"}[lang]
    # A digest in the policy may hold two slashes.
    assert not re.search(r"https?:|//[a-z]", re.sub("'sha256-[^']+'", "", html))
    links = [
        v
        for _, attrs in page.elements
        for k, v in attrs.items()
        if k in ("src", "href", "xlink:href", "action")
    ]
    assert links
    assert all(link.startswith(("#", "data:audio/mpeg;base64,")) for link in links)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_policy_allows_exactly_the_pages_own_style_and_script() -> None:
    page = Page(render())
    policy = next(m["content"] for m in page.named("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [
        attrs for _, attrs in page.elements if "style" in attrs or any(a.startswith("on") for a in attrs)
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_and_every_evidence_can_be_jumped_to(lang: Lang) -> None:
    page = Page(render(lang=lang))
    buttons = {(int(b["data-start"]), int(b["data-end"]), b["class"].split()[1]) for b in page.having("ev")}
    cards = {attrs["id"]: attrs for attrs in page.having("crit")}
    assert set(cards) == {f"c-{finding.criterion_id}" for finding in sample.FINDINGS}
    for finding in sample.FINDINGS:
        assert explain(finding, lang) in page.text
        for evidence in finding.evidence:
            assert (evidence.span.start_ms, evidence.span.end_ms, evidence.kind) in buttons
            assert evidence.kind != "quoted" or f"“{evidence.quote}”" in page.text
        if finding.evidence:
            assert int(cards[f"c-{finding.criterion_id}"]["data-start"]) == finding.evidence[0].span.start_ms


def test_what_was_searched_in_vain_is_shown_with_its_window() -> None:
    assert "在 16.4–46.4 秒 内查找，未听到：非常抱歉给您带来不便" in Page(render()).text
    assert "Searched 16.4–46.4 s, not heard: 非常抱歉给您带来不便" in Page(render(lang="en")).text


def test_measures_show_value_unit_limit_and_definition() -> None:
    page = Page(render())
    assert "231.4 字/分钟" in page.text
    assert "对照：150–300 字/分钟" in page.text
    assert any("只计说话时间" in button.get("title", "") for button in page.having("measured"))
    # What the metadata say has no place in the recording.
    assert re.search(r"随录信息\s*9 秒\s*对照：≤ 15 秒", page.text)


def test_a_window_over_the_whole_call_is_called_so_and_long_lists_are_shortened() -> None:
    call = sample.make_call()
    phrases = [f"说法{i}" for i in range(40)]
    whole = Evidence(
        kind="searched",
        span=Span(start_ms=0, end_ms=call.recording.duration_ms),
        expected=" / ".join(phrases),
    )
    findings = [replace(f, evidence=(whole,)) if f.criterion_id == "hedging" else f for f in sample.FINDINGS]
    page = Page(render(call, sample.make_scorecard(call, findings)))
    assert "在 整通电话 内查找，未听到：说法0 / 说法1 / 说法2 / 说法3 / 说法4 等 40 种说法" in page.text
    assert any("说法39" in button.get("title", "") for button in page.having("searched"))


def test_one_window_of_a_finding_is_shown_once_with_all_that_was_searched_there() -> None:
    place = Span(start_ms=22_000, end_ms=73_000)
    twice = (
        Evidence(kind="searched", span=place, role=Role.AGENT, expected="像是致谢 / …"),
        Evidence(kind="searched", span=place, role=Role.CUSTOMER, expected="祝您愉快 / 像是致谢"),
        Evidence(kind="quoted", span=place, role=Role.AGENT, quote="4290", expected="4290"),
        Evidence(kind="quoted", span=place, role=Role.AGENT, quote="4290", expected="4290"),
        Evidence(kind="quoted", span=place, role=Role.CUSTOMER, quote="是4290", expected="4290"),
        Evidence(kind="measured", span=place, role=Role.AGENT, value=5.0, unit="s"),
    )
    findings = [replace(f, evidence=twice) if f.criterion_id == "hedging" else f for f in sample.FINDINGS]
    page = Page(render(card=sample.make_scorecard(sample.make_call(), findings)))
    shown = [b for b in page.having("ev") if b["data-start"] == "22000" and b["data-end"] == "73000"]
    kinds = [b["class"].split()[1] for b in shown]
    assert kinds == ["searched", "quoted", "quoted", "measured"]
    assert "在 22.0–73.0 秒 内查找，未听到：像是致谢 / 祝您愉快 / …" in page.text


def test_a_deduction_says_what_could_have_been_said_and_how_to_object() -> None:
    page = render(appeal_days=9)
    article, kept = (
        page.split(f'id="c-{of}"')[1].split("</article>")[0] for of in ("forbidden_rule_hiding", "greeting")
    )
    assert "有异议？（评分项编号 forbidden_rule_hiding）" in article and 'href="#object"' in article
    assert "可以这样说：</b><q>更好地做到不以规定、系统搪塞客户</q>" in article
    assert "可以这样说" not in kept and "有异议" not in kept
    assert "之日起 9 天内" in page and "期限：" not in render()


def test_points_grade_and_interval_are_in_the_head() -> None:
    text = Page(render()).text
    for shown in (
        "52.54",
        "不合格",
        "复核后可能为 0–64.84%",
        "已判定的评分项得 31 分，满 59 分",
        "来电投诉质检表",
    ):
        assert shown in text
    assert "2026-01-08 10:14:09" in text
    assert "林晓 · 工号 3107" in text


def test_no_interval_where_nothing_is_pending_and_no_number_where_there_is_no_score() -> None:
    call = sample.make_call()
    card = sample.make_scorecard(call)
    settled = replace(card, score_pct=84.96, score_low_pct=84.96, score_high_pct=84.96)
    assert "复核后可能为" not in render(call, settled)
    assert "84.96" in render(call, settled)
    open_ = replace(card, score_pct=None, grade="待复核")
    assert "暂不出分" in render(call, open_)


def test_fatal_is_suspected_until_a_person_confirms() -> None:
    call = sample.make_call()
    card = sample.make_scorecard(call)
    suspected = Page(render(call, card))
    assert suspected.having("suspected")
    assert not suspected.having("failed")
    assert "尚未生效" in suspected.text
    confirmed = replace(card, suspected_fatal=(), auto_failed_by=("no_private_settlement",))
    assert Page(render(call, confirmed)).having("failed")
    assert not Page(render(call, confirmed)).having("suspected")


def test_every_word_is_in_the_transcript_once_and_silence_is_owned_up_to() -> None:
    page = Page(render())
    shown = "".join(text for _, _, _, text in sample.LINES)
    said = re.findall(r'<span class="w[^"]*" data-s="\d+" data-e="\d+">([^<]*)</span>', render())
    assert "".join(said) == shown
    assert "〔未能识别〕" in page.text
    assert len(page.having("turn")) == len(sample.LINES)
    assert page.having("low")


def test_an_utterance_outside_every_turn_is_still_shown() -> None:
    call = sample.make_call()
    page = Page(render(replace(call, turns=call.turns[:3])))
    assert len(page.having("turn")) == len(sample.LINES)
    assert len(page.having("aside")) == len(sample.LINES) - 3


def test_evidence_is_highlighted_where_it_was_said() -> None:
    html = render()
    marked = re.findall(r'<mark class="not_met" title="([^"]*)">(.*?)</mark>', html)
    words = {unescape(title): re.sub(r"<[^>]+>", "", inner) for title, inner in marked}
    assert words["不以规定、系统搪塞客户"] == "电脑里就是这么显示的"
    # The customer's complaint is why an apology was due; it is no fault of anybody's.
    assert re.search(r'<mark class="context" title="对不满的客户致歉">', html)


def test_talk_over_dead_air_and_marks_are_on_the_timeline() -> None:
    page = Page(render())
    assert len(page.having("over")) == 2 + 1  # and once in the legend
    assert "静默 7.6 秒" in page.text
    assert page.having("mark")
    assert all(
        0 <= float(r["x"].rstrip("%")) <= 100 for _, r in page.elements if r.get("x", "").endswith("%")
    )


def test_evidence_beyond_the_end_stays_inside_the_drawing() -> None:
    call = sample.make_call()
    late = Evidence(kind="quoted", span=Span(start_ms=80_000, end_ms=999_000), role=Role.AGENT, quote="再见")
    findings = [replace(f, evidence=(late,)) if f.criterion_id == "closing" else f for f in sample.FINDINGS]
    page = Page(render(call, sample.make_scorecard(call, findings)))
    for _, attrs in page.elements:
        if attrs.get("width", "").endswith("%") and attrs.get("x", "").endswith("%"):
            assert float(attrs["x"][:-1]) + float(attrs["width"][:-1]) <= 100.01


def test_what_people_say_cannot_become_markup() -> None:
    call = sample.make_call(call_id=EVIL)
    call = replace(call, info=replace(call.info, agent_name=EVIL, queue=EVIL, direction=EVIL), notes=(EVIL,))
    first = call.transcript.utterances[0]
    words = (replace(first.words[0], text=EVIL), *first.words[1:])
    utterances = (replace(first, words=words), *call.transcript.utterances[1:])
    call = replace(call, transcript=replace(call.transcript, utterances=utterances))
    evil = Evidence(kind="quoted", span=first.span, role=Role.AGENT, quote=EVIL, expected=EVIL + "x")
    findings = [replace(f, evidence=(evil,)) if f.criterion_id == "hedging" else f for f in sample.FINDINGS]
    card = replace(sample.make_scorecard(call, findings), grade=EVIL, provenance={EVIL: EVIL})
    page = Page(render(call, card))
    assert page.faults == []
    assert len(page.named("script")) == 1
    assert page.named("img") == []
    assert page.text.count(EVIL) >= 8


def test_without_audio_the_page_says_so_and_keeps_the_rest() -> None:
    page = Page(render(audio=None))
    assert page.named("audio") == []
    assert "本页没有附带录音" in page.text
    assert len(page.having("ev")) == len(Page(render()).having("ev"))


def test_audio_is_embedded_whole() -> None:
    source = Page(render(audio=b"\xff\xfb" + bytes(range(256)))).named("audio")[0]["src"]
    assert base64.b64decode(source.partition(",")[2]) == b"\xff\xfb" + bytes(range(256))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_same_input_gives_the_same_bytes(lang: Lang) -> None:
    assert render(lang=lang) == render(lang=lang)


def test_english_page_has_no_chinese_of_its_own() -> None:
    """What the page says itself is English; what it quotes (rubric, transcript, names) stays as it is."""
    text = Page(render(lang="en")).text
    quoted = str((sample.LINES, sample.RUBRIC, sample.FINDINGS, sample.make_call().info))
    chinese = {str(m) for m in catalogue("page", "zh").values() if "{" not in m and re.search("[一-鿿]", m)}
    assert [phrase for phrase in chinese if phrase in text and phrase not in quoted] == []


def test_long_calls_show_minutes_and_stay_small() -> None:
    lines = [
        (sample.A if i % 2 else sample.C, i * 6000, i * 6000 + 5500, "这一段话有十来个字上下")
        for i in range(600)
    ]
    call = sample.make_call(lines)
    html = render(call, sample.make_scorecard(call))
    assert "/ 1:00:01.1" in Page(html).text
    assert "59:54.0" in Page(html).text
    assert len(html) < 2_000_000
    assert len(Page(html).having("tick")) < 1000


def test_an_empty_call_has_a_page() -> None:
    call = sample.make_call([])
    card = replace(
        sample.make_scorecard(call), findings=sample.make_scorecard(call).findings[-1:], suspected_fatal=()
    )
    page = Page(render(call, card))
    assert page.faults == []
    assert "没有识别出任何说话内容" in page.text


def test_a_scorecard_of_another_rubric_is_refused() -> None:
    call = sample.make_call()
    card = sample.make_scorecard(call)
    other = replace(card.findings[0], finding=replace(card.findings[0].finding, criterion_id="gone"))
    with pytest.raises(ValueError, match="gone"):
        render(call, replace(card, findings=(other,)))


def test_the_measures_stand_in_a_table_with_unit_and_definition() -> None:
    page = render()
    assert '<section class="panel measures" id="measures"' in page
    row = re.search(
        r'<tr><th scope="row" title="([^"]+)">静默总时长</th><td>([^<]+)</td><td[^>]*>([^<]+)</td>', page
    )
    assert row is not None
    silence = sum(d.span.duration_ms for d in sample.make_call().dead_air) / 1000
    assert row[1] == "各次静默之和。"
    assert float(row[2]) == round(silence, 1)
    assert row[3] == "秒"
    assert re.search(r">说话占比</th><td>\d+(\.\d)?</td><td>\d+(\.\d)?</td>", page)


def test_template_engine_waits_until_a_page_is_made() -> None:
    code = (
        "import sys; import qa_pipeline.reports.call_page, qa_pipeline.reports.index_page; "
        "sys.exit('jinja2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
