import page_sample as sample
import pytest

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.reports.explain import explain

pytestmark = pytest.mark.usefixtures("sample_messages")


def test_lists_and_numbers_read_naturally() -> None:
    finding = sample.finding("ring_answer", Outcome.MET, "metadata_met", seconds=9.0, limit=15)
    assert explain(finding, "zh") == "振铃 9 秒，在 15 秒之内。"
    finding = sample.finding("closing", Outcome.MET, "said", phrases=("请", "谢谢"))
    assert explain(finding, "zh") == "在要求的时间内说了：请、谢谢。"
    assert explain(finding, "en") == "Said within the required time: 请, 谢谢."
    finding = sample.finding("x", Outcome.MET, "rate_met", rate=231.4567, min=150, max=300.5)
    assert explain(finding, "zh") == "语速每分钟 231.46 字，在 150–300.5 之间。"


def test_a_missing_sentence_or_parameter_is_an_error() -> None:
    with pytest.raises(KeyError):
        explain(sample.finding("x", Outcome.MET, "no_such_message"), "zh")
    with pytest.raises(KeyError):
        explain(sample.finding("x", Outcome.MET, "said"), "zh")
