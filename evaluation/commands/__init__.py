"""The commands of `python -m evaluation`, one idea a file; heavy imports happen when a command runs."""

from __future__ import annotations

import click

from evaluation.commands.baseline import baseline
from evaluation.commands.bench import bench
from evaluation.commands.fit import calibrate
from evaluation.commands.reports import card, check_readme, compare, table
from evaluation.commands.suites import dev, supervised, zero_shot

COMMANDS: tuple[click.Command, ...] = (
    dev,
    zero_shot,
    supervised,
    baseline,
    table,
    compare,
    calibrate,
    card,
    check_readme,
    bench,
)
