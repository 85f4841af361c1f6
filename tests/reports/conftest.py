from collections.abc import Mapping
from typing import Any

import page_sample
import pytest

from qa_pipeline import i18n


@pytest.fixture
def sample_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample's own explanations; every other catalogue is the shipped one."""
    shipped = i18n.catalogue

    def catalogue(name: str, lang: i18n.Lang) -> Mapping[str, Any]:
        return page_sample.MESSAGES[lang] if name == "findings" else shipped(name, lang)

    monkeypatch.setattr(i18n, "catalogue", catalogue)
