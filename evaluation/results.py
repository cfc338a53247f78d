"""Results files: what was measured and all that is needed to measure it again, as JSON.

Every table is made from these files only, so a published figure cannot drift from its run.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hybrid_ner.errors import HybridNERError

FORMAT = 1
PACKAGES = (
    "hybrid-ner",
    "numpy",
    "onnxruntime",
    "tokenizers",
    "faiss-cpu",
    "rapidfuzz",
    "gliner",
    "torch",
    "transformers",
)
WEIGHT_SUFFIXES = frozenset({".onnx", ".npz", ".npy", ".safetensors", ".pt"})


class ResultsError(HybridNERError, ValueError):
    """A results file that is missing, damaged or of another format; the message names it."""


def provenance(argv: Sequence[str]) -> dict[str, Any]:
    """The command, library versions and machine of this run.

    Args:
        argv: the arguments after `python -m evaluation`.
    """
    return {
        "command": shown_command(argv),
        "seed": None,  # nothing random is drawn for a prediction; the bootstrap of the intervals states its own seed
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": {"cpus": len(os.sched_getaffinity(0)), "cpu": cpu_model()},
    }


def shown_command(argv: Sequence[str]) -> str:
    """The command line with this machine's paths taken out.

    The corpora folder becomes $HYBRID_NER_DATA; other absolute paths become relative, or their last part.
    """
    words, previous = [], ""
    for word in argv:
        option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        if (option or previous) == "--data" and value:
            words.append(f'{option}{equals}"$HYBRID_NER_DATA"')
        else:
            words.append(option + equals + (shlex.quote(_portable(value)) if value else ""))
        previous = word
    return " ".join(["python -m evaluation", *words])


def weights_sha256(folder: Path) -> dict[str, str]:
    """SHA-256 of every weights file of a student's folder, by file name.

    Raises:
        ResultsError: no such folder, or no weights in it.
    """
    files = sorted(p for p in folder.rglob("*") if p.suffix in WEIGHT_SUFFIXES)
    if not files:
        raise ResultsError(f"{folder}: no weights found; looked for {', '.join(sorted(WEIGHT_SUFFIXES))}")
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Writes a results file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(
        json.dumps({"format": FORMAT, **results}, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    partial.replace(path)


def read_results(path: Path) -> dict[str, Any]:
    """A results file as it was written.

    Raises:
        ResultsError: no such file, not JSON, or of another format version.
    """
    try:
        results = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ResultsError(f"{path}: no such results file; make it with python -m evaluation") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path}: not JSON: {error}") from error
    if not isinstance(results, dict) or results.get("format") != FORMAT or "kind" not in results:
        raise ResultsError(f"{path}: not a results file of format {FORMAT}; make it anew")
    return results


def cpu_model() -> str:
    """The processor's name where the system tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _portable(word: str) -> str:
    path = Path(word)
    if not path.is_absolute():
        return word
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.name


def _versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
