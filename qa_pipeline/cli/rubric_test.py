"""``qa rubric test``: the examples inside a rubric, and dialogues in files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, message
from qa_pipeline.cli.score import print_json
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.domain.finding import Finding, Outcome
    from qa_pipeline.rules.dialogue import Dialogue
    from qa_pipeline.rules.rubric import Rubric
    from qa_pipeline.settings import Settings


@click.command("test", help=message("help_rubric_test"))
@click.argument("files", nargs=-1, metavar="[FILE|ID]...")
@click.option(
    "--dialogue", "dialogues", multiple=True, type=click.Path(path_type=Path), help=message("opt_dialogue")
)
@format_option
@lang_option
def test(files: tuple[str, ...], dialogues: tuple[Path, ...], format_: str, lang: Lang) -> int:
    """Run examples and dialogues; exit code 1 where one does not come out as written."""
    rubrics = named(files, load_settings(lang))
    talks = _load(dialogues)
    failed = 0
    for loaded in rubrics:
        trials = [*_examples(loaded), *_dialogues(loaded, talks)]
        wrong = [trial for trial in trials if trial.finding.outcome is not trial.expected]
        failed += len(wrong)
        if format_ == "json":
            for trial in trials:
                print_json(_json(loaded, trial, lang))
            continue
        for trial in wrong:
            click.echo(_told(trial, lang), err=True)
        passed = len(trials) - len(wrong)
        click.echo(message("rubric_passed", rubric=loaded.rubric, passed=passed, total=len(trials)))
    return 1 if failed else 0


def named(names: Sequence[str], settings: Settings) -> tuple[Rubric, ...]:
    """The rubrics of these files and ids, or all in force."""
    from qa_pipeline import bootstrap

    if not names:
        return bootstrap.rubrics(settings)
    return tuple(bootstrap.find_rubric(name, settings) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """What a criterion said of a made-up call."""

    file: str
    line: int | None
    number: int | None
    """Of the example within its criterion, from 1; None for a dialogue."""
    expected: Outcome
    finding: Finding


def _load(paths: Sequence[Path]) -> tuple[Dialogue, ...]:
    from qa_pipeline.errors import CollectedErrors, QaError
    from qa_pipeline.rules.dialogue import load_dialogues

    loaded: list[Dialogue] = []
    errors: list[QaError] = []
    for path in paths:
        try:
            loaded += load_dialogues(path)
        except CollectedErrors as error:
            errors += error.errors
    if errors:
        raise CollectedErrors(tuple(errors))
    return tuple(loaded)


def _examples(loaded: Rubric) -> list[_Trial]:
    from qa_pipeline.rules.examples import run_examples

    return [
        _Trial(file=loaded.file, line=r.line, number=r.index + 1, expected=r.expected, finding=r.finding)
        for r in run_examples(loaded)
    ]


def _dialogues(loaded: Rubric, dialogues: Sequence[Dialogue]) -> list[_Trial]:
    from qa_pipeline.rules.dialogue import run_dialogues

    return [
        _Trial(
            file=r.expectation.location.file,
            line=r.expectation.location.line,
            number=None,
            expected=r.expectation.outcome,
            finding=r.finding,
        )
        for r in run_dialogues(loaded, dialogues)
    ]


def _told(trial: _Trial, lang: Lang) -> str:
    from qa_pipeline.reports.explain import explain

    return message(
        "rubric_failed" if trial.number else "dialogue_failed",
        file=f"{trial.file}:{trial.line}" if trial.line else trial.file,
        criterion=trial.finding.criterion_id,
        number=trial.number,
        expected=message(f"outcome_{trial.expected.value}"),
        actual=message(f"outcome_{trial.finding.outcome.value}"),
        explanation=explain(trial.finding, lang),
    )


def _json(loaded: Rubric, trial: _Trial, lang: Lang) -> dict[str, object]:
    from qa_pipeline.reports.explain import explain

    return {
        "rubric": loaded.rubric,
        "criterion_id": trial.finding.criterion_id,
        "example": trial.number,
        "dialogue": None if trial.number else trial.file,
        "line": trial.line,
        "expected": trial.expected.value,
        "outcome": trial.finding.outcome.value,
        "passed": trial.finding.outcome is trial.expected,
        "explanation": explain(trial.finding, lang),
    }
