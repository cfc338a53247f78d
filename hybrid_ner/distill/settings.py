"""Settings of the steps: frozen dataclasses, read from YAML by the types of their defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from hybrid_ner.errors import UsageError

S = TypeVar("S")


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping, or nothing.

    Raises:
        UsageError: it cannot be read or holds something else.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read the settings {str(path)!r}: {error}") from error
    if values is not None and not isinstance(values, dict):
        raise UsageError(f"{path}: settings are a mapping of names to values, this is {type(values).__name__}")
    return values or {}


def settings_of(cls: type[S], values: Mapping[str, Any], where: str) -> S:
    """A settings object from plain values.

    Raises:
        UsageError: a name that is no setting, or a value of another kind than its default.
    """
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(str(name) for name in values if name not in fields)
    if unknown:
        raise UsageError(f"{where}: unknown settings {unknown}; accepted: {', '.join(fields)}")
    return cls(**{name: _typed(f"{where}: {name}", value, fields[name]) for name, value in values.items()})


def at_least(settings: Any, minimum: float, *names: str) -> None:
    """Raises a UsageError for the first of the named settings that is below `minimum`; None is let by."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not value >= minimum:
            raise UsageError(f"{name} is {value!r}; accepted: {minimum:g} and more")


def one_of(settings: Any, name: str, accepted: tuple[str, ...]) -> None:
    """Raises a UsageError unless the setting is one of the accepted values."""
    if getattr(settings, name) not in accepted:
        raise UsageError(f"{name} is {getattr(settings, name)!r}; accepted: {', '.join(accepted)}")


def _typed(name: str, value: Any, field: dataclasses.Field) -> Any:
    default = field.default if field.default is not dataclasses.MISSING else field.default_factory()  # type: ignore
    optional = str(field.type).endswith("| None")
    if value is None and optional:
        return None
    kind = float if str(field.type).startswith("float") else type(default)
    if optional and str(field.type).startswith("int"):
        kind = int
    if kind is tuple and isinstance(value, (list, tuple)):
        return tuple(value)
    if kind in (int, float) and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)  # YAML 1.1 reads 3e-5 as text
        except ValueError:
            number = float("nan")
        if number == number and (kind is float or number.is_integer()):
            return kind(number)
    elif isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
        return dict(value) if kind is dict else value
    raise UsageError(f"{name} is {value!r}; accepted: a value like {default!r}")
