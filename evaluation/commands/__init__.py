"""The commands of `python -m evaluation`, one idea a file; heavy imports happen when a command runs."""

from __future__ import annotations

import click

from evaluation.bench.generative import bench_generative
from evaluation.commands.ablate import ablate
from evaluation.commands.baseline import baseline
from evaluation.commands.bench import bench
from evaluation.commands.close_types import close_types
from evaluation.commands.fine_tune import fine_tune
from evaluation.commands.fit import calibrate
from evaluation.commands.open_types import open_types
from evaluation.commands.proposals import proposals
from evaluation.commands.reports import card, check_readme, compare, plot, table
from evaluation.commands.rules import cost_of_rules, fit_table, profiles
from evaluation.commands.suites import dev, supervised, wide, zero_shot
from evaluation.commands.wording import labels, paraphrase

COMMANDS: tuple[click.Command, ...] = (
    dev,
    zero_shot,
    supervised,
    wide,
    paraphrase,
    labels,
    close_types,
    open_types,
    proposals,
    baseline,
    ablate,
    fine_tune,
    table,
    plot,
    compare,
    calibrate,
    card,
    check_readme,
    fit_table,
    profiles,
    cost_of_rules,
    bench,
    bench_generative,
)
