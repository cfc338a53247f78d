"""Learns what to propose: names that gold mentions gave, and patterns that many of them share.

Detection is what limits recall where types are open, so these rules propose, weakly; weights then decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import regex

from hybrid_ner.calibration import sigmoid
from hybrid_ner.fitting.bench import Example
from hybrid_ner.fitting.specs import Spec
from hybrid_ner.rules.page import tokenize

SCORE = round(sigmoid(-2.0), 2)  # low: a name once seen is a candidate, no more
_LEAST_PRECISION = 0.25  # of a listed name or pattern in the sentences it was learned from
_PATTERN_SUPPORT = 3  # sentences with a mention of the pattern
_MOST_PATTERNS = 4  # a type
_MOST_TOKENS = 6


def name_rules(examples: Sequence[Example], slugs: dict[str, str]) -> Iterator[Spec]:
    """A gazetteer a type, of the mentions seen; a name that mostly means something else is left out."""
    listed = _listed(examples)
    for name, slug in slugs.items():
        entries = sorted(
            _spelling(forms) for forms, right, seen in listed.get(name, ()) if right >= _LEAST_PRECISION * seen
        )
        if entries:
            yield {
                "id": f"{slug}-names", "kind": "gazetteer", "types": name, "competes": True, "score": SCORE,
                "entries": entries,
            }  # fmt: skip


def pattern_rules(examples: Sequence[Example], slugs: dict[str, str]) -> Iterator[Spec]:
    """For each type the patterns (digits, capitals, signs, frequent words) that its mentions often have."""
    for name, slug in slugs.items():
        support: Counter[str] = Counter()
        for example in examples:
            support.update({p for p in map(_pattern, _mentions(example, name)) if p})
        good = [p for p, n in support.most_common() if n >= _PATTERN_SUPPORT and _precise(p, name, examples)]
        for rank, pattern in enumerate(good[:_MOST_PATTERNS], 1):
            yield {
                "id": f"{slug}-pattern-{rank}", "kind": "pattern", "types": name, "competes": True, "score": SCORE,
                "regex": pattern,
            }  # fmt: skip


def _mentions(example: Example, name: str) -> Iterator[str]:
    for start, end, type_name in example.gold:
        if type_name == name:
            yield example.text[start:end]


def _listed(examples: Iterable[Example]) -> dict[str, list[tuple[Counter[str], int, int]]]:
    """Type -> (spellings of a name, gold mentions of it, all its occurrences)."""
    examples = list(examples)
    forms: dict[str, dict[tuple[str, ...], Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for example in examples:
        for start, end, name in example.gold:
            mention = example.text[start:end]
            words = tuple(word.casefold() for word in tokenize(mention).words)
            if words and any(char.isalnum() for char in mention):
                forms[name][words][" ".join(mention.split())] += 1
    lengths: dict[str, set[int]] = defaultdict(set)
    for by_words in forms.values():
        for words in by_words:
            lengths[words[0]].add(len(words))
    seen: Counter[tuple[str, ...]] = Counter()
    for example in examples:
        folded = [word.casefold() for word in tokenize(example.text).words]
        for place, word in enumerate(folded):
            for length in lengths.get(word, ()):
                seen[tuple(folded[place : place + length])] += 1
    return {
        name: [(spellings, spellings.total(), seen[words]) for words, spellings in by_words.items()]
        for name, by_words in forms.items()
    }


def _spelling(forms: Counter[str]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))


def _pattern(mention: str) -> str | None:
    """An expression for mentions built like this one; None where it would say too little."""
    tokens = tokenize(mention)
    if not 0 < len(tokens.words) <= _MOST_TOKENS:
        return None
    parts, telling, last = [], False, None
    for start, end, word in zip(tokens.starts, tokens.ends, tokens.words, strict=True):
        if last is not None and start > last:
            parts.append(r"\s")
        part, tells = _token(word)
        parts.append(part)
        telling, last = telling or tells, end
    return rf"(?<!\w){''.join(parts)}(?!\w)" if telling else None


def _token(word: str) -> tuple[str, bool]:
    """(expression, whether it tells more than "a word")."""
    if word.isdigit():
        return r"\d+", True
    if not word.isalnum():
        return regex.escape(word), not word.isspace()
    if any(char.isdigit() for char in word):
        return r"(?=\w*\d)(?=\w*\p{L})\w+", True
    if word.isupper():
        return (r"\p{Lu}{2,}", True) if len(word) > 1 else (r"\p{Lu}", True)
    if word[0].isupper():
        return r"\p{Lu}[\p{L}]+", True
    return r"\p{Ll}+", False


def _precise(pattern: str, name: str, examples: Iterable[Example]) -> bool:
    compiled, right, found = regex.compile(pattern), 0, 0
    for example in examples:
        for match in compiled.finditer(example.text, timeout=1):
            found += 1
            right += (*match.span(), name) in example.gold
    return right >= _LEAST_PRECISION * found
