"""Pictures: drawn alike every time, from results files that they name; a stale one shows."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from evaluation import quoted as quoted_figures
from evaluation.__main__ import cli
from evaluation.corpora import load_yaml
from evaluation.plots import draw, draw_paper
from evaluation.plots.check import pictures_of, sources_of, stale
from evaluation.plots.paper import DOMAINS
from evaluation.plots.style import digest
from evaluation.results import ResultsError, write_results

pytest.importorskip("matplotlib")
ROOT = Path(__file__).resolve().parents[3]


def row(name: str, f1: float) -> dict:
    return {"corpus": name, "f1": f1, "f1_interval": [f1 - 2, f1 + 2]}


def suite(name: str = "zero-shot", corpora: tuple[str, ...] = ("crossner_ai", "mit_movie")) -> dict:
    bins = [{"from": 0.4, "to": 0.5, "entities": 3, "score": 0.44, "right": 0.5}]
    run = {
        "split": "test",
        "corpora": [row(c, 40.0) for c in corpora],
        "average": row("", 40.0),
        "calibration": {"ece": 0.06, "bins": bins},
    }
    return {"kind": "suite", "suite": name, "view": "both", "student": {"name": "mini"}, "runs": [run]}


def variants(question: str, *names: str) -> dict:
    rows = [{"name": n, "average": row("", 30.0 + i)} for i, n in enumerate(names)]
    return {"kind": "variants", "question": question, "suite": "dev", "split": "test", "variants": rows}


LABELS = {
    "kind": "labels",
    "suite": "dev",
    "split": "test",
    "points": [
        {"types": n, "words_per_second": 9000 / n, "average": {"f1": 40.0, "commonest_f1": 50.0}} for n in (1, 8, 32)
    ],
}
RESULTS = {"suite": suite(), "variants": variants("negatives", "none", "uniform", "nearest"), "labels": LABELS}


@pytest.fixture
def written(tmp_path):
    def write(name: str, results: dict) -> Path:
        path = tmp_path / "results" / f"{name}.json"
        write_results(path, results)
        return path

    return write


@pytest.mark.parametrize("kind", RESULTS)
def test_when_results_are_drawn_twice_then_the_pictures_are_the_same_bytes(written, tmp_path, kind):
    path = written(kind, RESULTS[kind])
    first, again = (draw([path], tmp_path / folder) for folder in ("a", "b"))
    assert len(first) == (4 if kind == "suite" else 2)
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in again]
    assert {f.suffix for f in first} == {".png", ".svg"}


def test_when_a_published_ablation_asked_the_same_then_its_bars_stand_beside_ours(written, tmp_path):
    _, svg = draw([written("negatives", RESULTS["variants"])], tmp_path)
    assert "UniNER-7B (quoted; other sets)" in svg.read_text() and ">47.7<" in svg.read_text()


def test_when_a_suite_is_drawn_then_published_averages_stand_only_beside_the_whole_suite(written, tmp_path):
    whole = suite(corpora=tuple(quoted_figures.quoted("zero-shot")[0].sets))
    for name, result, there in (("part", suite(), False), ("whole", whole, True)):
        svg = draw([written(name, result)], tmp_path)[1].read_text()
        assert (">53.4<" in svg) is there and "UniNER-7B (quoted)" in svg


def test_when_results_have_no_picture_then_the_error_names_the_file_and_the_kinds(written, tmp_path):
    with pytest.raises(ResultsError, match=r"b\.json: .*'bench'; accepted: suite, variants, labels"):
        draw([written("b", {"kind": "bench"})], tmp_path)


def test_when_the_paper_s_picture_by_domain_is_drawn_then_our_corpora_stand_for_their_domains(written, tmp_path):
    files = [written("zs", suite()), written("dev", suite("dev", ("tasteset", "finer_ord")))]
    svg = draw_paper("domains", files, tmp_path)[1]
    text = svg.read_text()
    assert "STEM (1 of ours)" in text and "Finance (1 of ours)" in text and "Law (0 of ours)" in text
    assert [name.name for name, _ in sources_of(svg)] == ["zs.json", "dev.json"]


def test_when_the_paper_s_picture_of_variants_is_drawn_then_it_takes_two_ablations(written, tmp_path):
    types = written("t", variants("types", "name", "definition", "name and definition"))
    segments = written("s", variants("segments", "all types together", "one type at a time"))
    text = draw_paper("variants", [types, segments], tmp_path)[1].read_text()
    assert ">29.9<" in text and ">38.4<" in text and ">32.0<" in text
    with pytest.raises(ResultsError, match="`ablate types` and `ablate segments`"):
        draw_paper("variants", [types], tmp_path)


def test_when_the_pictures_of_the_paper_are_made_of_other_results_then_it_is_an_error(written, tmp_path):
    other = written("o", {**suite(), "view": "name"})
    for files in ([written("zs", suite()), other], [written("v", RESULTS["variants"])]):
        with pytest.raises(ResultsError, match="suites of one system"):
            draw_paper("domains", files, tmp_path)


def test_when_domains_are_named_then_they_are_the_paper_s():
    systems = quoted_figures.quoted("domains")
    corpora = [c for of in load_yaml(DOMAINS).values() for c in of]
    assert set(load_yaml(DOMAINS)) <= set(systems[0].sets) and len(set(corpora)) == len(corpora)


@pytest.fixture
def page(written, tmp_path):
    """A README that shows a picture made of a results file, and one that is not."""
    results = written("zs", suite())
    draw([results], tmp_path / "docs")
    (tmp_path / "docs" / "logo.svg").write_text("<svg/>")
    readme = tmp_path / "README.md"
    readme.write_text("![bars](docs/zs.png)\n![logo](docs/logo.svg)\n![gone](docs/gone.png)\n")
    return SimpleNamespace(readme=readme, results=results, picture=tmp_path / "docs" / "zs.svg")


def test_when_a_picture_is_fresh_then_the_check_passes(page):
    assert pictures_of(page.readme) == [page.picture] and stale(page.picture) == []
    assert [(f.resolve(), sha) for f, sha in sources_of(page.picture)] == [(page.results, digest(page.results))]
    assert CliRunner().invoke(cli, ["check-readme", str(page.readme)]).exit_code == 0


def test_when_results_changed_after_a_picture_was_drawn_then_the_check_fails(page):
    page.results.write_text(json.dumps({**json.loads(page.results.read_text()), "view": "name"}))
    done = CliRunner().invoke(cli, ["check-readme", str(page.readme)])
    assert done.exit_code == 1 and "zs.svg: drawn before" in done.output
    page.results.unlink()
    assert stale(page.picture) != []


def test_when_the_repository_publishes_pictures_then_they_are_of_its_results_files():
    every = {*pictures_of(ROOT / "README.md"), *(ROOT / "docs").rglob("*.svg")}
    assert {picture.name: stale(picture) for picture in every if stale(picture)} == {}
