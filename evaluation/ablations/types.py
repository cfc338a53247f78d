"""What a type is asked by: its name, its definition, or both."""

from __future__ import annotations

import dataclasses

from evaluation.student import Setup
from evaluation.suite import VIEWS
from evaluation.variants import Variant

NAMES = {"name": "name", "definition": "definition", "both": "name and definition"}


def variants(setup: Setup) -> list[Variant]:
    """A variant a view; the first is the one that published models are trained on."""
    return [
        Variant(
            NAMES[view], dataclasses.replace(setup, view=view).load, None if view == "name" else "name", view,
            settings={"view": view},
        )
        for view in VIEWS
    ]  # fmt: skip
