"""What each token of a vocabulary writes, in bytes."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from hybrid_ner.errors import ModelError

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_SPACE = "\u2581"  # SentencePiece's mark of a space


def token_bytes(tokenizer: Any, size: int) -> list[bytes | None]:
    """The bytes of tokens 0 to `size` - 1; None for special tokens and numbers without a token.

    Raises:
        ModelError: a vocabulary that does not say what its tokens write (WordPiece drops spaces and case).
    """
    written = {"bytes": _byte_level, "pieces": _sentence_piece}[_kind(tokenizer)]
    special = set(tokenizer.all_special_ids)
    added = {index: token.content for index, token in tokenizer.added_tokens_decoder.items() if not token.special}
    tokens: list[bytes | None] = [None] * size
    for token, index in tokenizer.get_vocab().items():
        if index < size and index not in special:
            tokens[index] = added[index].encode() if index in added else written(token)
    return tokens


def _kind(tokenizer: Any) -> str:
    """What kind of vocabulary its decoder tells of: "bytes" for byte-level ones, "pieces" for SentencePiece's."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    parts = set() if backend is None else _types(json.loads(backend.to_str()).get("decoder"))
    if "ByteLevel" in parts:
        return "bytes"
    if parts & {"Metaspace", "ByteFallback"}:
        return "pieces"
    raise ModelError(
        f"the vocabulary of {type(tokenizer).__name__} does not say what its tokens write; accepted: byte-level BPE "
        "and SentencePiece, as the language models of today have"
    )


def _types(part: Any) -> set[str]:
    if isinstance(part, dict):
        return {str(part.get("type"))}.union(*(_types(value) for value in part.values()))
    return set().union(*(_types(item) for item in part)) if isinstance(part, list) else set()


def _sentence_piece(token: str) -> bytes:
    match = _BYTE.fullmatch(token)
    return bytes([int(match[1], 16)]) if match else token.replace(_SPACE, " ").encode()


def _byte_level(token: str) -> bytes | None:
    alphabet = _alphabet()
    return bytes(alphabet[c] for c in token) if all(c in alphabet for c in token) else None


@lru_cache(maxsize=1)
def _alphabet() -> dict[str, int]:
    """Character -> byte, as GPT-2 maps them: printable bytes to themselves, the others to code points from 256 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(b): b for b in printable} | {chr(256 + number): b for number, b in enumerate(others)}
