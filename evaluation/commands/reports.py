"""What is made of results files: tables, comparisons, model cards, a README's tables."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from evaluation import bootstrap, readme
from evaluation.commands.options import FILE
from evaluation.counts import read_pair
from evaluation.plots.check import pictures_of
from evaluation.plots.check import stale as stale_sources
from evaluation.results import read_results
from evaluation.tables import differences, render


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="RESULTS...")
def table(files: Sequence[Path]) -> None:
    """A Markdown table of results files."""
    click.echo(render([read_results(path) for path in files]), nl=False)


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="RESULTS...")
@click.option("--output", required=True, type=FILE, metavar="FOLDER", help="Where PNG and SVG files are written.")
@click.option("--paper", type=click.Choice(["domains", "variants"]), help="Draw this one of UniversalNER's pictures.")
def plot(files: Sequence[Path], output: Path, paper: str | None) -> None:
    """Pictures of results files, a few for each; --paper makes one of several files (extra `plot`)."""
    from evaluation.plots import draw, draw_paper

    for path in draw_paper(paper, files, output) if paper else draw(files, output):
        click.echo(f"{path} drawn")


@click.command()
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
def compare(a: Path, b: Path) -> None:
    """Is run B better than run A? A paired bootstrap test over two files that --counts wrote."""
    click.echo(differences(bootstrap.compare(*read_pair(a, b))))


@click.command()
@click.argument("folder", type=FILE)
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="RESULTS...")
def card(folder: Path, files: Sequence[Path]) -> None:
    """Put the tables of results files into a student's model card."""
    from evaluation.card import fill_card

    click.echo(f"{fill_card(folder, files)} written")


@click.command("check-readme")
@click.argument("path", type=FILE, metavar="README")
@click.option("--write", is_flag=True, help="Fill the tables in instead of checking them.")
def check_readme(path: Path, write: bool) -> None:
    """Are a README's tables and pictures what their results files give? Exit code 1 if not."""
    if write:
        click.echo(f"{path}: {readme.fill(path)} tables written")
        return
    stale = readme.stale_blocks(path)
    pictures = [(picture, changed) for picture in pictures_of(path) if (changed := stale_sources(picture))]
    for block, was, now in stale:
        click.echo(f"{path}, line {block.line}: not what {' '.join(block.files)} gives:", err=True)
        click.echo("\n".join(difflib.unified_diff(was, now, "README", "results", lineterm="", n=0)), err=True)
    for picture, changed in pictures:
        click.echo(f"{picture}: drawn before {', '.join(map(str, changed))} changed; draw it again", err=True)
    if stale:
        click.echo(f"fill them in with: python -m evaluation check-readme {path} --write", err=True)
    if stale or pictures:
        sys.exit(1)
    click.echo(f"{path}: {readme.count_blocks(path)} tables agree with their results files")
