"""Settings are read by the kinds of their defaults, or refused by name."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hybrid_ner.distill.settings import read_yaml, settings_of
from hybrid_ner.errors import UsageError


@dataclass(frozen=True)
class Example:
    name: str = "x"
    count: int = 1
    rate: float = 0.5
    flag: bool = False
    many: tuple[str, ...] = ()
    extra: dict[str, int] = field(default_factory=dict)
    limit: int | None = None
    cost: float | None = None


def test_when_values_fit_then_they_are_taken_as_they_are_meant():
    values = {"name": "y", "count": 3, "rate": "3e-5", "flag": True, "many": ["a"], "extra": {"k": 1}, "limit": 4}
    assert settings_of(Example, values, "e") == Example("y", 3, 3e-5, True, ("a",), {"k": 1}, 4)
    assert settings_of(Example, {"rate": 1, "cost": 2, "limit": None}, "e") == Example(rate=1.0, cost=2.0)


@pytest.mark.parametrize(
    "values",
    [
        {"name": 3},
        {"count": 1.5},
        {"count": True},
        {"rate": "fast"},
        {"flag": 1},
        {"flag": "yes"},
        {"many": "a"},
        {"extra": [1]},
        {"limit": "x"},
        {"count": None},
        {"rate": float("nan")},
    ],
)
def test_when_a_value_is_of_another_kind_then_it_is_named(values):
    (name,) = values
    with pytest.raises(UsageError, match=rf"here: {name} is "):
        settings_of(Example, values, "here")


def test_when_a_name_is_unknown_then_the_accepted_ones_are_listed():
    with pytest.raises(UsageError, match=r"here: unknown settings \['cuont'\]; accepted: name, count"):
        settings_of(Example, {"cuont": 1}, "here")


@pytest.mark.parametrize("content", ["[", "- a", "\x00", "3", "!!python/object/apply:os.getcwd []"])
def test_when_a_file_holds_no_settings_then_it_is_named(tmp_path, content):
    (tmp_path / "c.yaml").write_text(content)
    with pytest.raises(UsageError, match=r"c\.yaml"):
        read_yaml(tmp_path / "c.yaml")


def test_when_a_file_is_empty_then_all_is_default(tmp_path):
    (tmp_path / "c.yaml").touch()
    assert read_yaml(tmp_path / "c.yaml") == {}
