"""The command ``qa``: errors in plain words, exit codes as DESIGN.md §5 fixes them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from qa_pipeline.cli import (
    agreement,
    appeal,
    audit,
    call,
    clips,
    doctor,
    exception,
    export,
    flow,
    forget,
    help_text,
    hold,
    measure,
    models,
    purge,
    redact,
    report,
    review,
    rubric,
    sample,
    schedule,
    score,
    seal,
    target,
)
from qa_pipeline.cli.common import default_lang, message
from qa_pipeline.errors import InputError, QaError, fault, fault_trace


@click.group(
    help=message("help"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="qa-pipeline", prog_name="qa", help=message("opt_version"))
def cli() -> None:
    """The root of all commands."""


cli.add_command(score.score)
cli.add_command(call.call)
cli.add_command(rubric.rubric)
cli.add_command(models.models)
cli.add_command(doctor.doctor)
cli.add_command(flow.flow)
cli.add_command(report.report)
cli.add_command(export.export)
cli.add_command(schedule.schedule)
cli.add_command(target.target)
cli.add_command(measure.measure)
cli.add_command(exception.exception)
cli.add_command(sample.sample)
cli.add_command(review.review)
cli.add_command(agreement.agreement)
cli.add_command(appeal.appeal)
cli.add_command(clips.clips)
cli.add_command(redact.redact)
cli.add_command(audit.audit)
cli.add_command(hold.hold)
cli.add_command(purge.purge)
cli.add_command(forget.forget)
cli.add_command(seal.seal)
help_text.install(cli)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code: 0 done, 1 a fault was found, 2 wrong input, 3 internal fault."""
    for stream in (sys.stdout, sys.stderr):
        # Chinese must come out whatever the locale of a cron job is.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        returned = cli.main(args=list(arguments), prog_name="qa", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        return _fail(InputError("input.usage", reason=help_text.told(error)))
    except (click.Abort, KeyboardInterrupt):
        _fail(InputError("input.interrupted"))
        return 130
    except QaError as error:
        return _fail(error)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        return _internal(error)
    return returned if isinstance(returned, int) else 0


def _fail(error: QaError) -> int:
    from qa_pipeline.i18n import error_text

    click.echo(error_text(error, default_lang()), err=True)
    return error.exit_code


def _internal(error: Exception) -> int:
    import logging

    from qa_pipeline.cli.common import log_path

    logging.getLogger("qa_pipeline").error("internal fault\n%s", fault_trace(error))
    # What the error says itself may quote the text that it stumbled over.
    _fail(InputError("input.internal", reason=fault(error), log=str(log_path())))
    return 3
