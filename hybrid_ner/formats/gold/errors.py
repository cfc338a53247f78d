"""The error of labelled data, and how its messages show a value."""

from __future__ import annotations

from typing import Any

from hybrid_ner.errors import HybridNERError

_SHOWN = 60  # characters of a value in a message


class GoldError(HybridNERError, ValueError):
    """Labelled data that cannot be trusted; the message names file and line or record."""


def shown(value: Any) -> str:
    """A value for a message, cut when it is long."""
    spelt = repr(value)
    return spelt if len(spelt) <= _SHOWN else spelt[: _SHOWN - 3] + "..."
