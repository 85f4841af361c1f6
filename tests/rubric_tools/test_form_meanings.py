"""The form names the meaning that is looked for."""

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.describe import Describer
from qa_pipeline.resources import folder
from qa_pipeline.rules.operators.means import Means
from qa_pipeline.rules.parse import load_rubric


def told(check: Means, lang: Lang) -> str:
    rubric = load_rubric(folder("rubrics") / "inbound_enquiry.yaml")
    return Describer(rubric=rubric, lang=lang).describe(check).text


def test_a_meaning_is_named_in_words() -> None:
    check = Means(op="means", what="further_help", min_likeness=0.7)
    assert told(check, "zh") == "客服说的话像是这个意思：问还有没有别的事"
    assert told(check, "en") == "the agent says what may mean this: asking whether there is anything else"
