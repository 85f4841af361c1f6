"""Both languages say everything, with the same parameters."""

import re
import string
from pathlib import Path

import pytest
import yaml

MESSAGES = Path(__file__).parent.parent / "qa_pipeline" / "messages"


def parameters(template: object) -> set[str]:
    texts = template.values() if isinstance(template, dict) else [template]
    return {name for t in texts for _, name, _, _ in string.Formatter().parse(str(t)) if name}


@pytest.mark.parametrize("path", sorted(MESSAGES.glob("*.zh.yaml")), ids=lambda p: p.name)
def test_english_and_chinese_agree(path: Path) -> None:
    zh = yaml.safe_load(path.read_text(encoding="utf-8"))
    en = yaml.safe_load(path.with_name(path.name.replace(".zh.", ".en.")).read_text(encoding="utf-8"))
    assert zh.keys() == en.keys()
    assert {k: parameters(v) for k, v in zh.items()} == {k: parameters(v) for k, v in en.items()}
    if path.name.startswith("errors_"):
        assert all(set(v) == {"say", "do"} for v in (*zh.values(), *en.values()))


@pytest.mark.parametrize("path", sorted(MESSAGES.glob("*.yaml")), ids=lambda p: p.name)
def test_no_message_is_said_twice(path: Path) -> None:
    keys = re.findall(r"^([\w.]+|\"[\w.]+\"): ?", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


SOURCE = MESSAGES.parent
RAISED = re.compile(r'(?:(?:Input|Recording|Setup|Storage)Error\(|code=|_error\()\s*"([a-z]+)\.([a-z_]+)"')


def test_every_code_that_is_raised_has_its_words() -> None:
    found = {
        match.groups()
        for path in SOURCE.rglob("*.py")
        for match in RAISED.finditer(path.read_text(encoding="utf-8"))
    }
    assert len(found) > 40
    missing = []
    for area, name in sorted(found):
        path = MESSAGES / f"errors_{area}.zh.yaml"
        known = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        if f"{area}.{name}" not in known:
            missing.append(f"{area}.{name}")
    assert missing == []
