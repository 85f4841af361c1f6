"""Mistakes that people make in YAML and in regular expressions, told in their language with the place to change."""

from __future__ import annotations

import re

import pytest

from qa_pipeline.errors import CollectedErrors, QaError
from qa_pipeline.i18n import error_text
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.patterns import PatternError, compile_metadata

GOOD = """rubric: small
version: 1
title: 表
bands: {好: 0}
sections:
  - id: a
    title: 开头
    criteria:
      - id: g
        title: 问好
        points: 5
        severity: minor
        check: {op: must_say, phrases: [您好]}
"""
MISTAKES = {
    "tab": ("    title: 开头", "\ttitle: 开头", "yaml_tab", 7, 1),
    "no space": ("version: 1", "version:1", "yaml_colon_space", 2, 8),
    "no space at the top, no colon later": (
        "rubric: small\nversion: 1\ntitle:",
        "rubric:small\nversion: 1\ntitle",
        "yaml_colon_space",
        1,
        7,
    ),
    "no space in a criterion": ("points: 5", "points:5", "yaml_colon_space", 11, 15),
    "no space in braces": (
        "{op: must_say, phrases: [",
        "{op: must_say, phrases:[",
        "yaml_colon_space",
        13,
        38,
    ),
    "begins with a comma": ("id: g", "id: ,g", "yaml_special", 9, 13),
    "begins with a bracket too many": ("id: g", "id: ]g", "yaml_bracket_extra", 9, 13),
    "full-width colon": ("version: 1", "version：1", "yaml_wide_colon", 2, 8),
    "no colon": ("version: 1", "version", "yaml_no_colon", 2, 1),
    "no colon above a list": ("    criteria:", "    criteria", "yaml_no_colon", 8, 5),
    "double quote open": ("title: 表", 'title: "表', "yaml_quote", 3, 8),
    "single quote open": ("title: 问好", "title: '问好", "yaml_quote", 10, 16),
    "quote open, closed by the next one": (
        "title: 表\nbands: {好: 0}",
        'title: "表\nbands: {"好": 0}',
        "yaml_quote",
        3,
        8,
    ),
    "after a quote": ("title: 表", 'title: "表" 新', "yaml_rest", 3, 12),
    "after a brace": ("title: 表", "title: {company}来电表", "yaml_rest", 3, 17),
    "escape": ("title: 表", 'title: "表\\d"', "yaml_escape", 3, 10),
    "wrong bracket": ("[您好]}", "[您好}", "yaml_bracket", 13, 43),
    "open bracket before the next entry": (
        "phrases: [您好]}\n",
        "phrases: [您好,\n      - id: x\n",
        "yaml_bracket",
        13,
        40,
    ),
    "open brace": ("[您好]}", "[您好]", "yaml_bracket", 13, 16),
    "bracket too many": ("[您好]}", "[您好]}}", "yaml_bracket_extra", 13, 45),
    "too far in": ("    title: 开头", "      title: 开头", "yaml_indent", 7, 7),
    "too far out": ("        points: 5", "       points: 5", "yaml_indent", 11, 8),
    "crooked dash": ("      - id: g", "   - id: g", "yaml_indent", 9, 4),
    "under the dash": ("        points: 5", "      points: 5", "yaml_dash", 11, 7),
    "colon inside": ("title: 表", "title: 表: 新", "yaml_colon_inside", 3, 9),
    "control character": ("title: 表", "title: 表\x07", "yaml_control", 3, 9),
    "colon in a phrase": ("[您好]", "[注意: 您好]", "colon_in_phrase", 13, 41),
    "comment": ("title: 表", "title: # 表", "nothing_written", 3, 7),
    "alias": ("title: 表", "title: *a", "alias", 3, 8),
    "twice": ("title: 表", "title: 表\ntitle: 表", "duplicate_key", 4, 1),
    **{f"begins with {char}": ("title: 表", f"title: {char}表", "yaml_special", 3, 8) for char in "*&!%@`|>"},
    "begins with a dash": ("title: 表", "title: - 表", "yaml_special", 3, 8),
    "begins with a question mark": ("title: 表", "title: ? 表", "yaml_special", 3, 8),
}


def errors(content: str) -> tuple[QaError, ...]:
    with pytest.raises(CollectedErrors) as caught:
        parse_rubric(content, "form.yaml")
    return caught.value.errors


@pytest.mark.parametrize(("old", "new", "code", "line", "column"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_where_it_was_made(old: str, new: str, code: str, line: int, column: int) -> None:
    assert old in GOOD
    (error,) = errors(GOOD.replace(old, new, 1))
    location = error.location
    assert location is not None
    assert (error.code, location.line, location.column) == (f"rubric.{code}", line, column)
    told = error_text(error, "zh").replace("form.yaml", "")
    assert not re.search(r"found|expected|scanning|mapping|token", told), "the parser's own words"
    if code.startswith("yaml_") and code != "yaml_control":
        assert new.split("\n")[0].strip() in told or code == "yaml_no_colon"


def test_the_line_to_line_up_with_is_told() -> None:
    (error,) = errors(GOOD.replace("        points: 5", "       points: 5"))
    assert "可以是 6 / 8 个空格" in str(error)


@pytest.mark.parametrize("text", ["a: [", "a: [\r", "a: '\u2028\u2029", 'a:\x85"', "a: {\n", "- [\r\n"])
def test_a_mistake_at_the_very_end_is_told_too(text: str) -> None:
    (error,) = errors(text)
    assert error.code in ("rubric.yaml_bracket", "rubric.yaml_quote")


def test_what_no_rule_knows_is_told_in_the_parsers_words_and_marked_so() -> None:
    (error,) = errors("%YAML 3.0\n---\nrubric: x\n")
    assert error.code == "rubric.yaml"
    assert "解析程序原话：" in str(error)


EXPRESSIONS = {
    "(您好": ("regex_open", 1),
    "您好)": ("regex_close", 3),
    "*您": ("regex_repeat", 1),
    "您**": ("regex_repeat", 3),
    "您\\q": ("regex_escape", 2),
    "[您": ("regex_set", 1),
    "[9-0]": ("regex_range", 2),
    "您{3,1}": ("regex_times", 3),
    "(?P<a": ("regex_group", 5),
    "\\1您": ("regex_group", 2),
    "(?<!您+)好": ("regex_lookbehind", 1),
}


@pytest.mark.parametrize("pattern", EXPRESSIONS)
def test_an_expression_is_mended_at_its_place(pattern: str) -> None:
    check = f"{{op: matches_regex, pattern: '{pattern}'}}"
    (error,) = errors(GOOD.replace("{op: must_say, phrases: [您好]}", check))
    code, at = EXPRESSIONS[pattern]
    assert (error.code, error.params["at"]) == (f"rubric.{code}", at)
    assert pattern in str(error)
    assert not re.search("[a-z]{5}", str(error).replace("form.yaml", "")), "the parser's own words"


def test_an_unknown_complaint_is_passed_on_and_marked() -> None:
    with pytest.raises(PatternError) as caught:
        compile_metadata("您{99999999999}")
    assert caught.value.code == "rubric.bad_regex"
    assert caught.value.params["pattern"] == "您{99999999999}"
