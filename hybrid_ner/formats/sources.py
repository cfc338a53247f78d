"""What an INPUT stands for: a file, the documents of a folder, the matches of a glob, or standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from hybrid_ner.errors import InputError

STDIN = "-"
FOLDER_SUFFIXES = (".txt", ".jsonl")


def paths_of(
    given: str, *, skip: Collection[Path] = (), suffixes: tuple[str, ...] = FOLDER_SUFFIXES
) -> Iterator[str | InputError]:
    """The files that one INPUT stands for, in order, found while they are asked for.

    Args:
        given: a file (of any suffix), a folder (every file of `suffixes` beneath it, sorted by path), or a glob
            (`**` for any depth; its matches sorted, folders among them opened). A name that exists is never a
            glob.
        skip: resolved paths to leave out of folders and globs, such as the file that is being written.
        suffixes: of the files that count in a folder.

    Yields:
        Paths that begin as `given` does, and an `InputError` where there is nothing to read.
    """
    if os.path.isdir(given):
        yield from _folder(given, skip, suffixes)
    elif os.path.lexists(given):
        yield given
    elif glob.has_magic(given):
        matches = sorted(glob.iglob(given, recursive=True))
        if not matches:
            yield InputError(f"no file matches {given!r}; quote the pattern and check its folder")
        for match in matches:
            if os.path.isdir(match):
                # `**` also matches the folders on the way: their files are matches or stay out.
                if "**" not in given:
                    yield from _folder(match, skip, suffixes)
            elif not _skipped(match, skip):
                yield match
    else:
        yield InputError(
            f"no such file or folder: {given!r}; accepted: a {' or '.join(suffixes)} file, a folder, a glob, or - "
            "for standard input"
        )


def unresolvable(inputs: Sequence[str]) -> list[str]:
    """Messages for those of `inputs` that name nothing to read (no file, no match, a folder without
    documents).

    Opens no file and looks no further than the first document of each input. When every input is in the list
    there is nothing to do; otherwise each becomes a document with an error and the others are done.
    """
    messages = []
    for given in inputs:
        first = None if given == STDIN else next(paths_of(given))
        if isinstance(first, InputError):
            messages.append(str(first))
    return messages


def _folder(folder: str, skip: Collection[Path], suffixes: tuple[str, ...]) -> Iterator[str | InputError]:
    empty = True
    for found in _walk(folder, (), suffixes):
        if isinstance(found, InputError) or not _skipped(found, skip):
            empty = False
            yield found
    if empty:
        yield InputError(f"no {' or '.join(suffixes)} file in the folder {folder!r} or beneath it")


def _walk(folder: str, above: tuple[str, ...], suffixes: tuple[str, ...]) -> Iterator[str | InputError]:
    """Documents beneath `folder`, sorted; only one folder a level is held. `above` are the real folders we
    are in, so that a link to one of them ends there and does not go round for ever."""
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield InputError(f"cannot list the folder {folder!r}: {error.strerror}")
        return
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            yield from _walk(path, (*above, real), suffixes)
        elif name.lower().endswith(suffixes):
            yield path


def _skipped(path: str, skip: Collection[Path]) -> bool:
    return bool(skip) and Path(path).resolve() in skip
