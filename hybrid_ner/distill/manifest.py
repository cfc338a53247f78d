"""A manifest a step: what it was made of and what came out, by content. A step whose manifest holds is skipped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hybrid_ner.distill.files import digest_of, read_json, write_json
from hybrid_ner.errors import HybridNERError, InputError
from hybrid_ner.hashing import digest_of_value

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Step:
    """One step of a distillation.

    Attributes:
        name: as the command line has it.
        version: raised when the same settings and inputs give other outputs than before.
        settings: all that decides the outputs besides the inputs; no paths, no secrets.
        inputs: name -> sha256 of the content.
    """

    name: str
    version: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the step is made of, as one hash."""
        return digest_of_value(
            {"step": self.name, "version": self.version, "settings": self.settings, "inputs": self.inputs}
        )


def run_step(step: Step, folder: Path, make: Callable[[Path], Iterable[str]]) -> bool:
    """Makes what the step makes, unless `folder` holds it already.

    Args:
        make: writes into `folder` and returns the names of the files that count, relative to it. It is called
            again from its start after an interruption, and must then give the same files.

    Returns:
        Whether anything was made.
    """
    if is_done(step, folder):
        logger.info("%s: nothing changed, %s is kept", step.name, folder)
        return False
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)  # until the last line here the folder is not a finished step
    outputs = {name: digest_of(folder / name) for name in sorted(make(folder))}
    manifest = {
        "step": step.name,
        "version": step.version,
        "key": step.key,
        "settings": dict(step.settings),
        "inputs": dict(step.inputs),
        "outputs": outputs,
    }
    write_json(folder / MANIFEST, manifest)
    return True


def is_done(step: Step, folder: Path) -> bool:
    """Whether the folder holds this very step, finished, with every file as it was written."""
    manifest = _read(folder)
    if manifest is None or manifest["key"] != step.key:
        return False
    try:
        return all(digest_of(folder / name) == digest for name, digest in manifest["outputs"].items())
    except InputError:
        return False


def output_digest(folder: Path, step: str) -> str:
    """What a finished step made, as one hash: the input of the next.

    Raises:
        HybridNERError: the folder holds no finished step of that name.
    """
    manifest = _read(folder)
    if manifest is None or manifest["step"] != step:
        raise HybridNERError(
            f"{str(folder)!r} holds no finished step {step!r}; run: hybrid-ner distill {step} ... --output {folder}"
        )
    return digest_of_value(manifest["outputs"])


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = read_json(folder / MANIFEST)
        return manifest if {"step", "key", "outputs"} <= manifest.keys() else None
    except (InputError, AttributeError):
        return None
