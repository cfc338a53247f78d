"""`fit-table`, `profiles`, `rule-cost`: what learned rules add, and what rules cost."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evaluation.commands.options import CORPUS, DATA, FILE, LIMIT, OUTPUT, STUDENT, with_options
from evaluation.commands.running import conclude
from evaluation.results import provenance
from evaluation.student import Setup
from evaluation.suites import SUITES, read_suite


@click.command("fit-table")
@with_options(DATA, STUDENT)
@click.option("--size", "sizes", multiple=True, type=click.IntRange(min=1), help="Sentences; default 20, 50, 200.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Samples a size.")
@with_options(CORPUS, LIMIT, OUTPUT)
def fit_table(
    data: Path,
    student: str | None,
    sizes: tuple[int, ...],
    seeds: int,
    only: tuple[str, ...],
    limit: int | None,
    output: Path | None,
) -> None:
    """What `hybrid-ner fit` adds: packs fitted on a few sentences of each dev split, scored on its test split."""
    from evaluation.fit_table import SIZES, averages, fit_rows

    suite, setup = SUITES["dev"], Setup(student)
    corpora, ner = read_suite(suite, data, only=only), setup.load()
    sizes = sizes or SIZES
    rows = fit_rows(ner, corpora, sizes=sizes, seeds=range(seeds), view=setup.view, limit=limit)
    facts = {"suite": suite.name, "size": suite.size, "view": setup.view, "limit": limit, "seeds": seeds}
    results = {"kind": "fit", **facts, "corpora": rows, "average": averages(rows)}
    results |= {**setup.facts(ner), **provenance(sys.argv[1:])}
    conclude(results, output)


@click.command()
@click.argument("folder", type=FILE)
@with_options(DATA, STUDENT, CORPUS)
@click.option("--sentences", type=click.IntRange(min=10), default=200, show_default=True, help="A corpus.")
def profiles(folder: Path, data: Path, student: str | None, only: tuple[str, ...], sentences: int) -> None:
    """Make the rule packs of the supervised corpora, in FOLDER, each by `hybrid-ner fit`."""
    from evaluation.profiles import make_profiles

    for path in make_profiles(data, folder, student=student, only=only, size=sentences):
        click.echo(path)


@click.command("rule-cost")
@with_options(STUDENT)
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True, help="The median is given.")
@with_options(OUTPUT)
def cost_of_rules(student: str | None, repeats: int, output: Path | None) -> None:
    """The share of run time that index and rules take: with the default pack, and with a huge one."""
    from evaluation.bench.rule_cost import rule_cost

    setup = Setup(student)
    ner = setup.load()
    results = {"kind": "rule-cost", **rule_cost(ner, repeats=repeats), **setup.facts(ner), **provenance(sys.argv[1:])}
    conclude(results, output)
