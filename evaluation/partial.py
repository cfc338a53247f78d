"""What a long run has done so far, beside its results file, so that an interrupted one can be gone on with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.results import FORMAT, ResultsError


class Partial:
    """Finished parts by name, kept in `OUTPUT.partial` until the whole is written.

    Args:
        output: the results file that is in the making; without one nothing is kept.
        key: all that decides a part's figures; parts of another key are not taken over.
        resume: take over what an interrupted run of the same key left.

    Raises:
        ResultsError: there is something to resume that is damaged or of another key.
    """

    def __init__(self, output: Path | None, key: Mapping[str, Any], *, resume: bool) -> None:
        self._path = output and output.with_name(output.name + ".partial")
        self._key = json.loads(json.dumps(key))
        self._parts: dict[str, Any] = {}
        if resume and self._path and self._path.is_file():
            self._parts = self._read(self._path)

    def get(self, name: str) -> Any:
        """The part of that name, or None."""
        return self._parts.get(name)

    def add(self, name: str, part: Any) -> None:
        """Keeps a finished part."""
        self._parts[name] = part
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            record = {"format": FORMAT, "kind": "partial", "key": self._key, "parts": self._parts}
            new = self._path.with_name(self._path.name + ".new")
            new.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
            new.replace(self._path)

    def done(self) -> None:
        """Removes the file: the whole is written."""
        if self._path:
            self._path.unlink(missing_ok=True)

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            record = json.loads(path.read_text("utf-8"))
            key, parts = record["key"], dict(record["parts"])
        except (ValueError, KeyError, TypeError) as error:
            raise ResultsError(f"{path}: damaged ({error}); remove it, or run without --resume") from error
        if key != self._key:
            differ = sorted(k for k in {*key, *self._key} if key.get(k) != self._key.get(k))
            raise ResultsError(f"{path}: of a run with other {', '.join(differ)}; run without --resume")
        return parts
