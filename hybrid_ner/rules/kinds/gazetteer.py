"""`gazetteer`: proposes the names of a list, whole words only, exactly or with small typing errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybrid_ner.rules.kinds.base import Hit, Kind, Propose
from hybrid_ner.rules.page import Clock, Page, tokenize
from hybrid_ner.rules.similar import SimilarWords, similarity
from hybrid_ner.rules.source import Fields

# A trie of words; the key END holds the entry that ends there. No token is empty, so END is never one.
Trie = dict
END = ""
WORDS_A_CHECK = 512
WHY = "listed name"


@dataclass(frozen=True)
class ListedNames:
    """A list of names that are found exactly; `plan` merges many of them."""

    trie: Trie
    case_sensitive: bool
    score: float

    def __call__(self, page: Page, clock: Clock) -> list[Hit]:
        """As `find_exact`."""
        return find_exact(page, clock, trie=self.trie, case_sensitive=self.case_sensitive, score=self.score)


def plant(entries: tuple[str, ...], case_sensitive: bool) -> Trie:
    """The trie of the entries' words."""
    trie: Trie = {}
    for entry in entries:
        branch = trie
        for word in tokenize(entry).words:
            branch = branch.setdefault(word if case_sensitive else word.casefold(), {})
        branch.setdefault(END, entry)
    return trie


def find_exact(page: Page, clock: Clock, *, trie: Trie, case_sensitive: bool, score: float) -> list[Hit]:
    """The longest entry at each place, left to right, without overlaps."""
    tokens = page.tokens
    words = tokens.words if case_sensitive else page.folded
    hits, free = [], 0
    for first, word in enumerate(words):
        if first % WORDS_A_CHECK == 0:
            clock.check()
        if word not in trie or first < free:
            continue
        branch, last, place = trie[word], -1, first
        while True:
            if END in branch:
                last = place
            place += 1
            if place == len(words) or words[place] not in branch:
                break
            branch = branch[words[place]]
        if last >= 0:
            hits.append(Hit(tokens.starts[first], tokens.ends[last], score, WHY))
            free = last + 1
    return hits


def find_fuzzy(
    page: Page,
    clock: Clock,
    *,
    trie: Trie,
    case_sensitive: bool,
    score: float,
    cutoff: float,
    similar: SimilarWords,
) -> list[Hit]:
    """The best of the longest entries at each place; an entry counts from `cutoff` on (0 to 100)."""
    tokens = page.tokens
    words = tokens.words if case_sensitive else page.folded
    hits, free = [], 0
    for first in range(len(words)):
        if first < free:
            continue
        clock.check()
        best = (0, 0.0, "")
        branches, place = [trie], first
        while branches and place < len(words):
            near = similar.to(words[place])
            branches = [branch[word] for branch in branches for word in near if word in branch]
            place += 1
            for entry in (branch[END] for branch in branches if END in branch):
                mention = page.text[tokens.starts[first] : tokens.ends[place - 1]]
                alike = similarity(mention, entry, case_sensitive)
                if alike >= cutoff:
                    best = max(best, (place, alike, entry))
        free = max(free, best[0])
        if best[0]:
            span = tokens.starts[first], tokens.ends[best[0] - 1]
            hits.append(Hit(*span, score * best[1] / 100, f"like a listed name ({best[1]:.0f} %)"))
    return hits


def build(fields: Fields) -> Propose:
    entries = _entries(fields)
    case_sensitive = fields.flag("case_sensitive")
    cutoff = fields.number("fuzzy", None, low=70, high=100)
    trie = plant(entries, case_sensitive)
    score = fields.number("score", 0.9, low=0, high=1)
    if cutoff is None:
        return ListedNames(trie, case_sensitive, score)
    words = [word for entry in entries for word in tokenize(entry).words]
    similar = SimilarWords.of(words if case_sensitive else [word.casefold() for word in words])
    return partial(
        find_fuzzy, trie=trie, case_sensitive=case_sensitive, score=score, cutoff=cutoff, similar=similar
    )


def _entries(fields: Fields) -> tuple[str, ...]:
    if ("entries" in fields) == ("file" in fields):
        raise fields.error("gazetteer needs either `entries` or `file`")
    if "entries" in fields:
        entries = fields.words("entries")
    else:
        lines = _read_list(fields).splitlines()
        named = (line.strip() for line in lines if not line.lstrip().startswith("#"))
        entries = tuple(dict.fromkeys(name for name in named if name))
    if not entries:
        raise fields.error("the gazetteer's file lists no name; write one a line", "file")
    return entries


def _read_list(fields: Fields) -> str:
    name, folder = fields.text("file"), fields.path.resolve().parent
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder)
        text = path.read_text(encoding="utf-8-sig") if inside else ""
    except UnicodeDecodeError as error:
        raise fields.error(f"file {name!r} is not UTF-8 text (byte {error.start})", "file") from error
    except (OSError, ValueError, RuntimeError) as error:
        # ValueError is a path with a null character, RuntimeError a loop of links (before Python 3.13).
        reason = getattr(error, "strerror", None) or error
        raise fields.error(f"file {name!r} cannot be read: {reason}", "file") from error
    if not inside:
        raise fields.error(f"file {name!r} is outside the pack's folder; put it beside the pack", "file")
    return text


KIND = Kind("propose", ("entries", "file", "case_sensitive", "fuzzy", "score"), build, needs_types=True)
