"""Answers on disk, so that none is paid twice: one line a record, appended and flushed to the disk before it counts.

A record that a crash tore is cut off when the file is opened again. One process writes at a time: the file is locked.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict
from pathlib import Path

from hybrid_ner.distill.teacher.protocol import Reply
from hybrid_ner.errors import InputError, UsageError


class AnswerCache:
    """Answers by key; safe for threads, a context manager. Only the places of records are held in memory.

    Raises:
        UsageError: another process has the file.
        InputError: it is no cache, or damaged before its last record.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a+b")  # noqa: SIM115 - closed by close()
        try:
            _lock(self._file.fileno(), path)
            self._places = self._read()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> AnswerCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def get(self, key: str) -> Reply | None:
        """The answer kept under `key`."""
        with self._lock:
            place = self._places.get(key)
            if place is None:
                return None
            self._file.seek(place)
            return Reply(**json.loads(self._file.readline())["reply"])

    def put(self, key: str, reply: Reply) -> None:
        """Keeps an answer; returns when it is on the disk. The first one under a key stays."""
        line = json.dumps({"key": key, "reply": asdict(reply)}, ensure_ascii=True) + "\n"
        with self._lock:
            if key in self._places:
                return
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(line.encode("ascii"))
            self._file.flush()
            os.fsync(self._file.fileno())
            self._places[key] = place

    def _read(self) -> dict[str, int]:
        places, place = {}, 0
        self._file.seek(0)
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                self._file.truncate(place)
                break
            try:
                places.setdefault(json.loads(line)["key"], place)
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{self.path}, line {number}: no answer ({error}); move the file away") from error
            place += len(line)
        return places


def _lock(descriptor: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows: there, one run at a time is the user's to see to
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UsageError(f"{str(path)!r} is in use by another run; wait for it, or give another --cache") from error
