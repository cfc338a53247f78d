"""The command line: one command a file, imported only when it is the one asked for."""

from __future__ import annotations

import importlib
import logging
import os
import sys

import click

from hybrid_ner import __version__
from hybrid_ner.errors import HybridNERError

logger = logging.getLogger("hybrid_ner.cli")

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141

# name -> (where its click command is, what `hybrid-ner --help` says of it)
COMMANDS = {
    "extract": (
        "hybrid_ner.cli.extract:extract_command",
        "Find entities of the types you name in documents.",
    ),
    "evaluate": (
        "hybrid_ner.cli.evaluate:evaluate_command",
        "Score extraction against your own labelled data.",
    ),
    "fit": ("hybrid_ner.cli.fit:fit_command", "Learn a rule pack from labelled sentences."),
    "rules": ("hybrid_ner.cli.rules:rules_command", "Report on rule packs, compare and check them."),
    "types": (
        "hybrid_ner.cli.types:types_command",
        "Check a type list: near-duplicates, vague names, confusions.",
    ),
    "library": ("hybrid_ner.cli.library:library_command", "List the domains and types of the type library."),
    "feedback": ("hybrid_ner.cli.feedback:feedback_command", "Make a rule pack of a reviewer's corrections."),
    "train": ("hybrid_ner.cli.train:train_command", "Train a student from a configuration file."),
    "average": ("hybrid_ner.cli.average:average_command", "Average the weights of training runs."),
    "export": (
        "hybrid_ner.cli.export:export_command",
        "Export a trained student to ONNX, checked for parity.",
    ),
    "distill": (
        "hybrid_ner.cli.distill:distill_command",
        "Distil a student of your own from raw text and a teacher.",
    ),
    "conversations": (
        "hybrid_ner.cli.conversations:conversations_command",
        "Turn labelled passages into conversations for tune.",
    ),
    "tune": ("hybrid_ner.cli.tune:tune_command", "Fine-tune a language model on conversations."),
    "students": (
        "hybrid_ner.cli.students:students_command",
        "List the students, what they need and their licences.",
    ),
}


class LazyGroup(click.Group):
    """Imports a command's module when it is called, and turns its errors into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.exceptions.NoArgsIsHelpError, click.exceptions.Exit, click.Abort):
            raise
        except click.ClickException as error:
            fail(ctx, error.format_message(), error.exit_code)
        except HybridNERError as error:
            fail(ctx, str(error), EXIT_USAGE)
        except KeyboardInterrupt:
            fail(ctx, "interrupted", EXIT_INTERRUPTED)
        except BrokenPipeError:
            _forget_stdout()
            ctx.exit(EXIT_CLOSED_PIPE)
        except OSError as error:
            fail(ctx, str(error), EXIT_FAILURE)
        except Exception as error:
            hint = "run again with --verbose for the details"
            fail(ctx, f"unexpected {type(error).__name__}: {error} ({hint})", EXIT_FAILURE)


def fail(ctx: click.Context, message: str, code: int) -> None:
    """Says on stderr in one line why the command ends, with a traceback only when logging was asked for."""
    logger.debug("where it came from:", exc_info=True)
    click.echo(f"hybrid-ner: error: {message}", err=True)
    ctx.exit(code)


def _forget_stdout() -> None:
    """Whoever read our output has left: nothing can be written, not even when Python flushes at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        logger.debug("standard output has no file descriptor")


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="hybrid-ner")
def cli() -> None:
    """Finds entities of any types you name in documents, offline, by a student and rules."""


def main() -> None:
    """The `hybrid-ner` program."""
    cli(prog_name="hybrid-ner")
