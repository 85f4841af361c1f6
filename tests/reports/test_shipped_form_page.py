"""The shipped forms, evaluated and scored for real, come out as pages in both languages."""

import page_sample as sample
import pytest
from html_check import Page

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.call_page import render_call_page
from qa_pipeline.reports.explain import explain
from qa_pipeline.resources import folder
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.scoring.score import score


@pytest.mark.parametrize("name", ["inbound_enquiry", "inbound_complaint"])
def test_every_criterion_of_the_form_is_explained(name: str) -> None:
    rubric = load_rubric(folder("rubrics") / f"{name}.yaml")
    call = sample.make_call()
    findings = evaluate(rubric, call, min_confidence=0.6, min_confidence_fatal=0.8)
    card = score(
        rubric,
        findings,
        call,
        engine_digest="9f" * 32,
        max_pending_pct=20,
        fatal_needs_person=True,
        provenance={"asr_model": "base"},
    )
    languages: tuple[Lang, ...] = ("zh", "en")
    for lang in languages:
        html = render_call_page(call, card, rubric, audio_mp3=None, lang=lang, business_tz="Asia/Shanghai")
        page = Page(html)
        assert page.faults == []
        assert {attrs["id"] for attrs in page.having("crit")} == {f"c-{c.id}" for _, c in rubric.criteria()}
        assert all(explain(finding, lang) in page.text for finding in findings)
        starts = {(int(b["data-start"]), int(b["data-end"])) for b in page.having("ev")}
        assert {(e.span.start_ms, e.span.end_ms) for f in findings for e in f.evidence} <= starts
