"""Rows of a data set of the Hugging Face hub, streamed; the one input that needs a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hybrid_ner.errors import InputError, MissingExtraError, UsageError

PREFIX = "hf:"
_NAME = re.compile(r"hf:(?P<path>[\w./-]+)(?::(?P<config>[\w.-]+))?(?:@(?P<split>[\w.-]+))?(?:#(?P<revision>[\w.-]+))?")


def read_hub(name: str) -> Iterator[dict[str, Any]]:
    """Rows of `hf:PATH[:CONFIG][@SPLIT][#REVISION]`, by default the split "train".

    Raises:
        UsageError: the name is not of that form.
        MissingExtraError: `datasets` is not installed.
        InputError: the data set cannot be had: no network, no such name, split or configuration.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise UsageError(f"{name!r} is no data set of the hub; accepted: hf:PATH[:CONFIG][@SPLIT][#REVISION]")
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError("datasets", "hub", f"reading {name!r}") from error
    try:
        yield from datasets.load_dataset(
            match["path"], match["config"], split=match["split"] or "train", revision=match["revision"], streaming=True
        )
    except Exception as error:  # datasets raises what its network and file layers raise
        raise InputError(
            f"cannot read {name!r} from the Hugging Face hub: {str(error).partition(chr(10))[0]}; it needs a network "
            "and the right name, configuration and split; files of your own work offline"
        ) from error
