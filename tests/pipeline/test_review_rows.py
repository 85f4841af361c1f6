"""A filled-in review form is read whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.errors import InputError
from qa_pipeline.i18n import text
from qa_pipeline.pipeline.review_table import NEEDED, read_rows


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_marks_after_it(tmp_path: Path) -> None:
    headings = ",".join(text(f"people.form_{key}", "zh") for key in NEEDED)
    path = tmp_path / "form.csv"
    cells = ",".join("x" for _ in NEEDED[1:])
    path.write_text(f'{headings}\n"a,{cells}\nb,{cells}\n', encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_rows(path)
    assert error.value.code == "review.quotes"
    assert error.value.location is not None and error.value.location.line == 2
