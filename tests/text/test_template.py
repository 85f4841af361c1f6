import pickle

import pytest

from qa_pipeline.i18n import error_text
from qa_pipeline.text.script import TemplateError, check_template, slot_names
from qa_pipeline.text.template import Choice, Literal, Slot, parse_template


def test_a_template_is_read_into_a_tree() -> None:
    nodes = parse_template("您好[，这里是]{company}，工号{number:4-8}(为您服务|[很高兴]为您效劳)！")
    assert nodes == (
        Literal(text="您好"),
        Choice(options=((Literal(text="这里是"),),), optional=True, source="，这里是"),
        Slot(name="company", type=None),
        Literal(text="工号"),
        Slot(name="number", type="number", low=4, high=8),
        Choice(
            options=(
                (Literal(text="为您服务"),),
                (
                    Choice(options=((Literal(text="很高兴"),),), optional=True, source="很高兴"),
                    Literal(text="为您效劳"),
                ),
            ),
            optional=False,
            source="为您服务|[很高兴]为您效劳",
        ),
    )


def test_full_width_brackets_mean_the_same() -> None:
    assert parse_template("您好［再见］｛name｝（好｜行）") == parse_template("您好[再见]{name}(好|行)")


def test_square_brackets_with_a_bar_are_an_optional_choice() -> None:
    (_, choice) = parse_template("好[a|b]")
    assert isinstance(choice, Choice)
    assert choice.optional
    assert len(choice.options) == 2


@pytest.mark.parametrize(
    ("template", "key", "column"),
    [
        ("您好[这里是", "template.unclosed", 3),
        ("您好(好|[a)", "template.unexpected", 8),
        ("您好{agent_id", "template.unclosed", 3),
        ("您好]", "template.unexpected", 3),
        ("您好}", "template.unexpected", 3),
        ("您好|再见", "template.stray_bar", 3),
        ("您好(|再见)", "template.empty_option", 4),
        ("您好(再见|)", "template.empty_option", 7),
        ("您好[]", "template.empty_option", 4),
        ("您好{}", "template.bad_slot", 3),
        ("您好{工号 x-y}", "template.bad_slot", 3),
        ("您好{digits:4-8}", "template.unknown_type", 3),
        ("您好{number:8-4}", "template.bad_range", 3),
        ("您好{number:四}", "template.bad_range", 3),
        ("您好{any:0-999}", "template.bad_range", 3),
        ("", "template.empty", 1),
        ("，。！", "template.empty", 1),
        ("[您好]{any}", "template.empty", 1),
    ],
)  # fmt: skip
def test_errors_say_where(template: str, key: str, column: int) -> None:
    with pytest.raises(TemplateError) as caught:
        check_template(template)
    assert (caught.value.message_key, caught.value.column) == (key, column)
    for lang in ("zh", "en"):
        assert str(column) in error_text(caught.value, lang)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.message_key, again.column, again.params) == (key, column, caught.value.params)


def test_slot_names_are_those_of_the_metadata() -> None:
    assert slot_names("{company}您好[{agent_id}]({name}|{company}){number:4}") == ("company", "agent_id")
