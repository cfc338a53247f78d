"""JSON lists as automata over bytes, and over the tokens of a vocabulary: an answer cannot be anything else.

An automaton is a table [states, 256] of next states. Run over the bytes of every token from every state it becomes a
table [states, vocabulary], so that decoding needs one look-up a step, for all rows at once. The idea of compiling a
grammar to the vocabulary is that of Willard and Louf (2023); two fixed grammars need no library for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

REFUSED = -1
_HEX = b"0123456789abcdefABCDEF"
_TEXT = bytes(byte for byte in range(0x20, 0x100) if byte not in b'"\\')


@dataclass(frozen=True)
class Automaton:
    """A deterministic automaton; state 0 is the first.

    Attributes:
        table: next states [states, 256], `REFUSED` where a byte is not allowed.
        done: the state in which an answer is whole.
    """

    table: np.ndarray
    done: int


class _Builder:
    """States and transitions, added one after the other."""

    def __init__(self) -> None:
        self.rows: list[dict[int, int]] = []

    def state(self) -> int:
        self.rows.append({})
        return len(self.rows) - 1

    def on(self, state: int, symbols: bytes, target: int) -> None:
        self.rows[state].update(dict.fromkeys(symbols, target))

    def string(self, opened: int, closed: int) -> None:
        """What may follow an opening quote: at least one character, JSON's escapes, a closing quote."""
        inside, escape = self.state(), self.state()
        digits = [self.state() for _ in range(4)]
        for state in (opened, inside):
            self.on(state, _TEXT, inside)
            self.on(state, b"\\", escape)
        self.on(inside, b'"', closed)
        self.on(escape, b'"\\/bfnrt', inside)
        self.on(escape, b"u", digits[0])
        for digit, following in zip(digits, [*digits[1:], inside], strict=True):
            self.on(digit, _HEX, following)

    def comma(self, after: int, opener: bytes, target: int) -> None:
        """A comma, perhaps a space, and what the next item begins with."""
        comma, space = self.state(), self.state()
        self.on(after, b",", comma)
        self.on(comma, b" ", space)
        for state in (comma, space):
            self.on(state, opener, target)

    def built(self, done: int) -> Automaton:
        import numpy as np

        table = np.full((len(self.rows), 256), REFUSED, dtype=np.int16)
        for state, row in enumerate(self.rows):
            table[state, list(row)] = list(row.values())
        return Automaton(table, done)


def list_automaton(form: str) -> Automaton:
    """Accepts a JSON list of non-empty strings ("strings") or of pairs of them ("pairs"), after up to two spaces."""
    builder = _Builder()
    start, one, two = (builder.state() for _ in range(3))
    opened, done = builder.state(), builder.state()
    builder.on(start, b" ", one)
    builder.on(one, b" ", two)
    for state in (start, one, two):
        builder.on(state, b"[", opened)
    builder.on(opened, b"]", done)
    after = builder.state()
    builder.on(after, b"]", done)
    if form == "strings":
        quoted = builder.state()
        builder.on(opened, b'"', quoted)
        builder.string(quoted, after)
        builder.comma(after, b'"', quoted)
    else:
        pair, mention, between, name, closing = (builder.state() for _ in range(5))
        builder.on(opened, b"[", pair)
        builder.on(pair, b'"', mention)
        builder.string(mention, between)
        builder.comma(between, b'"', name)
        builder.string(name, closing)
        builder.on(closing, b"]", after)
        builder.comma(after, b"[", pair)
    return builder.built(done)


def over_tokens(automaton: Automaton, tokens: Sequence[bytes | None]) -> np.ndarray:
    """Next states [states, V] of an automaton over V tokens; a token that is None or empty is never allowed.

    Raises:
        ModelError: from some state no token leads on, so that the vocabulary cannot write such a list.
    """
    import numpy as np

    states = len(automaton.table)
    table = np.vstack([automaton.table, np.full((1, 256), REFUSED, dtype=np.int16)])  # row -1: refused stays refused
    result = np.full((len(tokens), states), REFUSED, dtype=np.int16)
    by_length: dict[int, list[int]] = {}
    for index, token in enumerate(tokens):
        if token:
            by_length.setdefault(len(token), []).append(index)
    for length, indices in by_length.items():
        letters = np.frombuffer(b"".join(tokens[i] for i in indices), dtype=np.uint8).reshape(-1, length)
        reached = np.broadcast_to(np.arange(states, dtype=np.int16), (len(indices), states))
        for column in range(length):
            reached = table[reached, letters[:, column, None]]
        result[indices] = reached
    stuck = [s for s in range(states) if s != automaton.done and not (result[:, s] != REFUSED).any()]
    if stuck:
        raise ModelError("the model's vocabulary cannot write a JSON list: no token continues one from some place on")
    return np.ascontiguousarray(result.T)
