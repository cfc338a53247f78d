from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from evaluation import readme
from evaluation.__main__ import cli
from evaluation.results import ResultsError, write_results

REPOSITORY_README = Path(__file__).resolve().parents[2] / "README.md"


def results(f1: float) -> dict:
    row = {"corpus": "people", "f1": f1}
    run = {"split": "dev", "threshold": {"value": 0.3, "origin": "given"}, "corpora": [row], "average": row}
    return {
        "kind": "suite",
        "suite": "dev",
        "size": 1,
        "protocol": "strict",
        "view": "name",
        "limit": None,
        "student": {"name": "mini", "precision": "int8"},
        "command": "python -m evaluation dev",
        "runs": [run],
    }


@pytest.fixture
def page(tmp_path: Path) -> Path:
    write_results(tmp_path / "r" / "a.json", results(41.26))
    path = tmp_path / "README.md"
    path.write_text("# Title\n\n<!-- table: r/a.json -->\nby hand\n<!-- end -->\n\nThe rest.\n")
    return path


def check(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["check-readme", *map(str, args)])
    return done.exit_code, done.output


def test_when_a_table_is_filled_then_it_comes_from_the_results_and_the_check_passes(page):
    assert check(page)[0] == 1
    assert check(page, "--write") == (0, f"{page}: 1 tables written\n")
    text = page.read_text()
    assert "| people | 41.3 |" in text and "by hand" not in text
    assert text.startswith("# Title\n") and text.endswith("<!-- end -->\n\nThe rest.\n")
    assert check(page) == (0, f"{page}: 1 tables agree with their results files\n")


def test_when_a_figure_is_changed_by_hand_then_the_check_shows_it(page):
    readme.fill(page)
    page.write_text(page.read_text().replace("| people | 41.3 |", "| people | 51.3 |"))
    code, output = check(page)
    assert code == 1
    assert "line 3: not what r/a.json gives" in output
    assert "-| people | 51.3 |" in output and "+| people | 41.3 |" in output


def test_when_the_results_change_then_the_check_fails_until_the_tables_are_written_anew(page):
    readme.fill(page)
    write_results(page.parent / "r" / "a.json", results(44.0))
    assert check(page)[0] == 1
    readme.fill(page)
    assert check(page)[0] == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- table: r/a.json -->\n", "line 1: .* without <!-- end -->"),
        ("x\n<!-- end -->\n", "line 2: <!-- end --> without"),
        (
            "<!-- table: r/a.json -->\n<!-- table: r/a.json -->\n<!-- end -->\n",
            "line 2: a table starts before",
        ),
        ("<!-- table: r/none.json -->\n<!-- end -->\n", r"none\.json: no such results file"),
    ],
)
def test_when_a_block_is_broken_then_the_error_says_where_and_nothing_is_written(page, text, message):
    page.write_text(text)
    with pytest.raises(ResultsError, match=message):
        readme.fill(page)
    assert page.read_text() == text


def test_when_there_is_no_readme_then_the_error_names_it(tmp_path):
    with pytest.raises(ResultsError, match=r"none\.md: no such file"):
        readme.stale_blocks(tmp_path / "none.md")


def test_when_the_repository_publishes_tables_then_they_are_what_the_results_files_give():
    if not readme.count_blocks(REPOSITORY_README):
        pytest.skip("the README has no tables made from results files")
    assert [block.files for block, _, _ in readme.stale_blocks(REPOSITORY_README)] == []
