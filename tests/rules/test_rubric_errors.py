"""Whatever is wrong with a rubric is told all at once, at its place, with the nearest valid word."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.errors import CollectedErrors
from qa_pipeline.i18n import error_text
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.rubric import Rubric

GOOD = """\
rubric: demo
version: 1
title: 样例
effective_from: 2026-01-01
variables: {company: 云帆物流}
conditions:
  complains: {op: says_any_of, role: customer, phrases: [投诉, 举报]}
bands: {优秀: 95, 合格: 70, 不合格: 0}
sections:
  - id: opening
    title: 开头语
    criteria:
      - id: greeting
        title: 问候
        points: 10
        check: {op: must_say, script: "您好，{company}，工号{agent_id}"}
        examples:
          - met: ["客服：您好云帆物流工号三一零七"]
            call: {agent_id: "3107"}
      - id: sorry
        title: 致歉
        points: 5
        when: complains
        check: {op: must_say, phrases: [非常抱歉]}
"""


def told(content: str) -> list[tuple[str, int | None, int | None]]:
    with pytest.raises(CollectedErrors) as caught:
        parse_rubric(content, "demo.yaml")
    for lang in ("zh", "en"):
        for error in caught.value.errors:
            assert error_text(error, lang)
    return [
        (e.code, e.location.line if e.location else None, e.location.column if e.location else None)
        for e in caught.value.errors
    ]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_a_phrase_with_a_chinese_comma_is_one_where_that_is_plain() -> None:
    for phrases in ('["非常抱歉，给您添麻烦了"]', "\n            - 非常抱歉，给您添麻烦了"):
        check = "check: {op: must_say, phrases: [非常抱歉]}"
        parse_rubric(
            changed(check, f"check:\n          op: must_say\n          phrases: {phrases}"), "demo.yaml"
        )


def test_an_empty_phrase_is_told_by_the_key_the_author_wrote() -> None:
    with pytest.raises(CollectedErrors) as caught:
        parse_rubric(changed("phrases: [非常抱歉]", "phrases: ['']"), "demo.yaml")
    assert "“phrases”" in error_text(caught.value.errors[0], "zh")


def test_the_pattern_of_these_tests_is_a_good_rubric() -> None:
    rubric = parse_rubric(GOOD, "demo.yaml")
    assert isinstance(rubric, Rubric)
    assert rubric.content == GOOD
    assert [c.id for _, c in rubric.criteria()] == ["greeting", "sorry"]
    assert rubric.example_line("greeting", 0) == 18


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("title: 问候", "titel: 问候", [("rubric.missing_key", 13, 9), ("rubric.unknown_key_near", 14, 9)]),
        ("op: must_say, phrases: [非常抱歉]", "op: must_sya, phrases: [非常抱歉]", [("rubric.unknown_operator_near", 24, 16)]),  # noqa: E501
        ("phrases: [非常抱歉]", "phrases: [110]", [("rubric.add_quotes", 24, 41)]),
        ("phrases: [非常抱歉]", "phrases: [yes]", [("rubric.add_quotes", 24, 41)]),
        ("phrases: [非常抱歉]", "phrases: []", [("rubric.needs_one_of", 24, 16)]),
        ("phrases: [非常抱歉]", "phrases: ['']", [("rubric.empty", 24, 41)]),
        ("phrases: [非常抱歉]", "phrases: ['，。']", [("rubric.nothing_to_say", 24, 41)]),
        ("phrases: [非常抱歉]", "phrases: [非常抱歉，对不起]", [("rubric.phrases_run_together", 24, 41)]),
        ("phrases: [非常抱歉]", "phrases: [“非常抱歉”，“对不起”]", [("rubric.phrases_run_together", 24, 41)]),
        ("phrases: [非常抱歉]", "phrases: [抱歉, {say: 对不起, innocents: [对不起来、了]}]", [("rubric.phrases_run_together", 24, 68)]),  # noqa: E501
        ("phrases: [非常抱歉]", "phrases: ['{company}您好']", [("rubric.template_in_phrase", 24, 41)]),
        (
            "phrases: [非常抱歉]",
            "phrases: [非常抱歉, {say: 对不起, synonyms: ['，', 非常抱歉, '{x}', 不好意思, 不好意思]}]",
            [
                ("rubric.nothing_to_say", 24, 69),
                ("rubric.synonym_twice", 24, 74),
                ("rubric.template_in_phrase", 24, 80),
                ("rubric.synonym_twice", 24, 93),
            ],
        ),
        ("phrases: [非常抱歉]", "phrase: [非常抱歉]", [("rubric.unknown_key_near", 24, 31)]),
        ("when: complains", "when: complain", [("rubric.unknown_condition_near", 23, 15)]),
        ("when: complains", "when: {ref: nobody_at_all}", [("rubric.unknown_condition", 23, 21)]),
        ("when: complains", "when: 5", [("rubric.missing_operator", 23, 15)]),
        ("id: sorry", "id: greeting", [("rubric.duplicate_id", 20, 13)]),
        ("points: 5", "points: five", [("rubric.not_a_number", 22, 17)]),
        ("points: 5", "points: -5", [("rubric.out_of_range", 22, 17)]),
        ("points: 5", "points: .nan", [("rubric.not_a_number", 22, 17)]),
        ("points: 5", "points: 5\n        points: 6", [("rubric.duplicate_key", 23, 9)]),
        ("points: 5", "points: 5\n        severity: fatl", [("rubric.not_one_of_near", 23, 19)]),
        ("points: 5", "points: 5\n        reach_s: 5", [("rubric.only_with", 20, 9)]),
        ("points: 5", "points: 5\n        auto_fail: {scope: form}", [("rubric.only_with", 20, 9)]),
        ("points: 5", "points: 5\n        score: {per_hit: 0}", [("rubric.out_of_range", 23, 26)]),
        ("points: 5", "points: 5\n        score: none", [("rubric.not_one_of", 23, 16)]),
        ("version: 1", "version: 1.5", [("rubric.not_a_number", 2, 10)]),
        ("version: 1", "version: '1'", [("rubric.not_a_number", 2, 10)]),
        ("2026-01-01", "2026-13-01", [("rubric.bad_value", 4, 17)]),
        ("2026-01-01", "soon", [("rubric.bad_date", 4, 17)]),
        ("2026-01-01", "2026-01-01\neffective_to: 2025-01-01", [("rubric.from_to", 1, 1)]),
        ("{agent_id}", "{agent_it}", [("rubric.unknown_slot_near", 16, 55)]),
        ("{agent_id}", "{agent_id", [("template.unclosed", 16, 55)]),
        ("{agent_id}", "{number:8-4}", [("template.bad_range", 16, 55)]),
        ("合格: 70, 不", "合格: 96, 不", [("rubric.bands_order", 8, 21)]),
        ("不合格: 0", "不合格: 10", [("rubric.bands_gap", 8, 30)]),
        ("不合格: 0", "不合格: 101", [("rubric.bands_order", 8, 30), ("rubric.bands_gap", 8, 30), ("rubric.out_of_range", 8, 30)]),  # noqa: E501
        ("客服：您好云帆", "您好云帆", [("rubric.example_line", 18, 19)]),
        ("- met:", "- mett:", [("rubric.unknown_key_near", 18, 13)]),
        ("conditions:", "conditions:\n  a: {ref: b}\n  b: {op: any_of, of: [a]}", [("rubric.circle", 7, 6)]),
        ("conditions:", "conditions:\n  a: a", [("rubric.circle", 7, 6)]),
        ("phrases: [非常抱歉]", "list: no_such_list", [("rubric.list_not_found", 24, 37)]),
        ("phrases: [非常抱歉]", "list: ../../etc/passwd", [("rubric.bad_name", 24, 37)]),
        ("op: must_say, phrases: [非常抱歉]", "op: matches_regex, pattern: '(a+)+b'", [("rubric.runaway_regex", 24, 45)]),
        ("op: must_say, phrases: [非常抱歉]", "op: matches_regex, pattern: '(a|a)*b'", [("rubric.runaway_regex", 24, 45)]),
        ("op: must_say, phrases: [非常抱歉]", "op: matches_regex, pattern: '(a'", [("rubric.regex_open", 24, 45)]),
        ("op: must_say, phrases: [非常抱歉]", "op: matches_regex, pattern: 'a*'", [("rubric.regex_matches_nothing", 24, 45)]),  # noqa: E501
        ("op: must_say, phrases: [非常抱歉]", "op: matches_regex, pattern: '您好，再见'", [("rubric.regex_punctuation", 24, 45)]),  # noqa: E501
        ("phrases: [非常抱歉]", "phrases: [非常抱歉], within: {after: {op: human}}", [("rubric.no_place", 24, 64)]),
        ("phrases: [非常抱歉]", "phrases: [非常抱歉], within: {turns: 2}", [("rubric.needs_anchor", 24, 56)]),
        ("phrases: [非常抱歉]", "phrases: [非常抱歉], within: {first_turn: 2}", [("rubric.unknown_key_near", 24, 57)]),
        ("phrases: [非常抱歉]", "phrases: [非常抱歉], within: {from_pct: 50, to_pct: 20}", [("rubric.from_to", 24, 56)]),
        ("op: must_say, phrases: [非常抱歉]", "op: metadata, field: started_at, equals: x", [("rubric.field_unsupported", 24, 16)]),  # noqa: E501
        ("op: must_say, phrases: [非常抱歉]", "op: metadata, field: ring_s", [("rubric.needs_one_of", 24, 16)]),
        ("check: {op: must_say, phrases: [非常抱歉]}", "check: *x", [("rubric.alias", 24, 16)]),
        ("check: {op: must_say, phrases: [非常抱歉]}", "check: {op: [must_say]}", [("rubric.unknown_operator", 24, 16)]),
        ("check: {op: must_say, phrases: [非常抱歉]}", "check: !!python/object:os.system {}", [("rubric.missing_operator", 24, 16)]),  # noqa: E501
        ("{company: 云帆物流}", "{name: 王芳}", [("rubric.reserved_name", 5, 13), ("rubric.unknown_slot", 16, 43)]),
        ('{agent_id: "3107"}', '{ring_s: "x"}', [("rubric.number_wanted", 19, 19)]),
        ("  complains: {", "  complains: &c {", None),
        ("title: 样例", "title: '样例", [("rubric.yaml_quote", 3, 8)]),
    ],
)  # fmt: skip
def test_one_fault(old: str, new: str, expected: list[tuple[str, int, int]] | None) -> None:
    if expected is None:
        assert parse_rubric(changed(old, new), "demo.yaml")
        return
    found = told(changed(old, new))
    assert sorted(e[0] for e in found) == sorted(e[0] for e in expected)
    assert sorted(found) == sorted(expected)


def test_all_faults_come_at_once_in_order_of_place() -> None:
    content = (
        GOOD.replace("title: 问候", "titel: 问候")
        .replace("points: 5", "points: five")
        .replace("when: complains", "when: complain")
        .replace("bands: {优秀: 95, 合格: 70", "bands: {优秀: 95, 合格: 96")
    )
    found = told(content)
    assert [code for code, _, _ in found] == [
        "rubric.bands_order",
        "rubric.missing_key",
        "rubric.unknown_key_near",
        "rubric.not_a_number",
        "rubric.unknown_condition_near",
    ]
    assert found == sorted(found, key=lambda e: (e[1], e[2]))


def test_hints_name_the_nearest_word() -> None:
    with pytest.raises(CollectedErrors) as caught:
        parse_rubric(
            changed("op: must_say, phrases: [非常抱歉]", "op: must_sya, phrases: [非常抱歉]"), "d.yaml"
        )
    assert "must_say" in str(caught.value)
    assert "d.yaml:24:16" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "rubric.empty_file"),
        ("# nothing\n", "rubric.empty_file"),
        ("- a\n- b\n", "rubric.not_a_rubric"),
        ("just words", "rubric.not_a_rubric"),
        (GOOD + "---\nrubric: other\n", "rubric.several_documents"),
        ("a: &x [1]\nb: *x\n", "rubric.alias"),
        ("a: &x [*x]\n", "rubric.alias"),
        ("? [a, b]\n: c\n", "rubric.bad_key"),
        ("[" * 500, "rubric.too_deep"),
        ("a: " + "[" * 5000 + "]" * 5000, "rubric.too_deep"),
        ("x: 1\n" * 10 + "y" * 1_000_001, "rubric.too_large"),
        ("- " * 30, "rubric.not_a_rubric"),
        ("a: [" + "1," * 60_000 + "1]", "rubric.too_large"),
        ("a: \x07bell", "rubric.yaml_control"),
        ("a: \ud800", "rubric.yaml_control"),
        ("a: %x", "rubric.yaml_special"),
        ("a: " + "9" * 5000, "rubric.bad_value"),
    ],
    ids=lambda v: v[:20].encode("unicode_escape").decode() if len(v) < 200 else f"{len(v)} chars",
)
def test_what_is_no_rubric_at_all(content: str, code: str) -> None:
    assert code in [c for c, _, _ in told(content)]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "gb.yaml").write_bytes("rubric: 演示".encode("gb18030"))
    (tmp_path / "big.yaml").write_bytes(b"a" * 4_000_001)
    for name, code in (("gb", "not_utf8"), ("big", "too_large"), ("none", "not_found")):
        with pytest.raises(CollectedErrors) as caught:
            load_rubric(tmp_path / f"{name}.yaml")
        assert [e.code for e in caught.value.errors] == [f"rubric.{code}"]
    with pytest.raises(CollectedErrors):
        load_rubric(tmp_path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_rubric(path).rubric == "demo"


class TestWordLists:
    LISTED = GOOD.replace("phrases: [非常抱歉]", "list: sorry")

    def write(self, folder: Path, content: str) -> Path:
        (folder / "lists").mkdir(exist_ok=True)
        (folder / "lists" / "sorry.yaml").write_text(content, encoding="utf-8")
        (folder / "demo.yaml").write_text(self.LISTED, encoding="utf-8")
        return folder / "demo.yaml"

    def test_a_list_beside_the_rubric(self, tmp_path: Path) -> None:
        rubric = load_rubric(
            self.write(tmp_path, "phrases: [非常抱歉, {say: 对不起, innocents: [对不齐]}]\n")
        )
        assert [p.say for p in rubric.lists["sorry"].guarded()] == ["非常抱歉", "对不起"]

    def test_the_content_carries_its_lists(self, tmp_path: Path) -> None:
        rubric = load_rubric(self.write(tmp_path, "phrases: [非常抱歉]\n"))
        again = parse_rubric(rubric.content, "elsewhere/demo.yaml")
        assert again.digest == rubric.digest
        assert again.content == rubric.content
        assert [c.digest for _, c in again.criteria()] == [c.digest for _, c in rubric.criteria()]

    def test_another_list_is_another_rubric(self, tmp_path: Path) -> None:
        first = load_rubric(self.write(tmp_path, "phrases: [非常抱歉]\n"))
        second = load_rubric(self.write(tmp_path, "phrases: [非常抱歉, 对不起]\n"))
        assert first.digest != second.digest
        digests = [[c.digest for _, c in r.criteria()] for r in (first, second)]
        assert digests[0][0] == digests[1][0], "the greeting rests on no list"
        assert digests[0][1] != digests[1][1]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ("phrases: [110]", "rubric.add_quotes"),
            ("phrases: []", "rubric.empty"),
            ("words: [a]", "rubric.missing_key"),
            ("- 非常抱歉", "rubric.not_a_list"),
            ("phrases: ['！']", "rubric.nothing_to_say"),
            ("phrases: [a", "rubric.yaml_bracket"),
        ],
    )
    def test_faults_in_a_list_name_its_file(self, tmp_path: Path, content: str, code: str) -> None:
        with pytest.raises(CollectedErrors) as caught:
            load_rubric(self.write(tmp_path, content))
        found = [(e.code, Path(e.location.file).name if e.location else "") for e in caught.value.errors]
        assert (code, "sorry.yaml") in found


class TestDigests:
    def test_layout_comments_and_examples_change_nothing(self) -> None:
        rubric = parse_rubric(GOOD, "demo.yaml")
        other = GOOD.replace("三一零七", "三幺零七").replace("rubric: demo", "# note\nrubric:   'demo'")
        again = parse_rubric(other, "x.yaml")
        assert again.digest == rubric.digest
        assert [c.digest for _, c in again.criteria()] == [c.digest for _, c in rubric.criteria()]

    def test_another_title_is_another_form_but_the_same_question(self) -> None:
        rubric = parse_rubric(GOOD, "demo.yaml")
        (_, first), *_ = rubric.criteria()
        again = parse_rubric(changed(f"title: {first.title}\n", "title: 换个名字\n"), "demo.yaml")
        assert again.digest != rubric.digest
        assert [c.digest for _, c in again.criteria()] == [c.digest for _, c in rubric.criteria()]

    def test_a_condition_changes_the_criteria_that_use_it(self) -> None:
        rubric = parse_rubric(GOOD, "demo.yaml")
        again = parse_rubric(changed("[投诉, 举报]", "[投诉]"), "demo.yaml")
        assert again.digest != rubric.digest
        before, after = ([c.digest for _, c in r.criteria()] for r in (rubric, again))
        assert before[0] == after[0]
        assert before[1] != after[1]

    def test_a_variable_changes_the_criteria_that_use_it(self) -> None:
        before, after = (
            [c.digest for _, c in parse_rubric(text, "demo.yaml").criteria()]
            for text in (GOOD, changed("云帆物流}", "远帆物流}"))
        )
        assert before[0] != after[0]
        assert before[1] == after[1]
