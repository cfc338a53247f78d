"""Words: the units spans are made of, with exact offsets, their sub-tokens and their shape.

Words are found in the *original* text by one expression, so offsets never pass through a tokenizer's normalisation;
each distinct word is tokenized once and remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import regex

from hybrid_ner.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# A run of word characters, or one other visible character. Scripts written without spaces go character by character,
# so that a span can begin and end anywhere in them.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|[\w--[{_UNSPACED}]]+|[^\w\s]\p{{M}}*", regex.V1)

SHAPES = ("pad", "lower", "title", "upper", "mixed", "digits", "alphanumeric", "punctuation")
_CACHE_LIMIT = 200_000
# A word of more sub-tokens than this (a thousand underscores, say) becomes one unknown token, as WordPiece makes of a
# word of more than 100 characters: no encoder has positions for all lengths.
_WORD_TOKENS = 100


def word_offsets(text: str) -> list[tuple[int, int]]:
    """The words of `text` as (start, end) code-point offsets."""
    return [match.span() for match in _WORD.finditer(text)]


def shape_of(word: str) -> int:
    """Index into `SHAPES`: what the spelling says that an uncased vocabulary forgets."""
    if word.isalpha():
        if word.islower():
            return 1
        if word.istitle() and len(word) > 1:
            return 2
        if word.isupper():
            return 3 if len(word) > 1 else 2
        return 4 if word.lower() != word else 1
    if word.isdigit():
        return 5
    return 6 if any(map(str.isalnum, word)) else 7


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text's words and sub-tokens.

    Attributes:
        offsets: word -> (start, end) in code points.
        ids: sub-token ids of all words, without special tokens.
        shapes: shape index of each sub-token's word.
        bounds: word w's sub-tokens are ids[bounds[w]:bounds[w + 1]]; len(offsets) + 1 values.
    """

    offsets: list[tuple[int, int]]
    ids: list[int]
    shapes: list[int]
    bounds: list[int]


class WordEncoder:
    """Splits texts into words and words into the sub-tokens of a `tokenizers` vocabulary. Safe for threads."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        start_token: str = "[CLS]",
        end_token: str = "[SEP]",
        unknown_token: str = "[UNK]",
    ) -> None:
        from tokenizers import decoders, pre_tokenizers

        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        # A byte-level vocabulary has the space before a word inside the word's first token.
        self._spaced = isinstance(tokenizer.pre_tokenizer, pre_tokenizers.ByteLevel) or isinstance(
            tokenizer.decoder, decoders.ByteLevel
        )
        self._cache: dict[str, tuple[list[int], list[int]]] = {}
        self.start_id, self.end_id, self._unknown = (
            tokenizer.token_to_id(token) for token in (start_token, end_token, unknown_token)
        )
        if self.start_id is None or self.end_id is None:
            raise ModelError(
                f"the tokenizer has no tokens {start_token!r} and {end_token!r}; accepted: vocabularies with "
                "[CLS] and [SEP], as BERT's, or <s> and </s>, as RoBERTa's"
            )

    @classmethod
    def from_file(cls, path: str | Path) -> WordEncoder:
        """Reads a `tokenizer.json`, taking the special tokens of BERT's or RoBERTa's family.

        Raises:
            ModelError: it is no such file, or the vocabulary has the special tokens of neither.
        """
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises nothing more specific
            raise ModelError(f"cannot read the tokenizer {str(path)!r}: {error}; export the student again") from error
        if tokenizer.token_to_id("[CLS]") is None:
            return cls(tokenizer, start_token="<s>", end_token="</s>", unknown_token="<unk>")
        return cls(tokenizer)

    def encode(self, text: str) -> EncodedText:
        """Words, sub-tokens and shapes of `text`; a word dropped or too long becomes one unknown token."""
        offsets = word_offsets(text)
        words = [text[start:end] for start, end in offsets]
        if self._spaced:
            words = [
                f" {word}" if start == 0 or text[start - 1].isspace() else word
                for word, (start, _) in zip(words, offsets, strict=True)
            ]
        if len(self._cache) > _CACHE_LIMIT:
            self._cache = {}  # another one: a thread at work keeps the one it began with, which only grows
        cache = self._cache
        missing = {word for word in words if word not in cache}
        if missing:
            self._learn(sorted(missing), cache)
        ids: list[int] = []
        shapes: list[int] = []
        bounds = [0]
        for word in words:
            word_ids, word_shapes = cache[word]
            ids += word_ids
            shapes += word_shapes
            bounds.append(len(ids))
        return EncodedText(offsets, ids, shapes, bounds)

    def encode_plain(self, text: str) -> list[int]:
        """Sub-token ids of `text` as a whole with the special tokens, as a sentence encoder reads it."""
        return self._tokenizer.encode(text).ids

    def _learn(self, words: Sequence[str], cache: dict[str, tuple[list[int], list[int]]]) -> None:
        for word, encoding in zip(
            words, self._tokenizer.encode_batch(list(words), add_special_tokens=False), strict=True
        ):
            ids = encoding.ids if 0 < len(encoding.ids) <= _WORD_TOKENS else [self._unknown]
            cache[word] = (ids, [shape_of(word.strip())] * len(ids))
