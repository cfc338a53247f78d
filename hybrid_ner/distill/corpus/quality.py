"""Which passages are worth a teacher's time: rules after Rae et al. (2021, appendix A), and the language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hybrid_ner.distill.settings import at_least
from hybrid_ner.errors import MissingExtraError

_COMMON = """the be is are was were been to of and that have has had with in on for by at from as it its this which an
a or not he she they we i you his her their"""
_STOP_WORDS = frozenset(_COMMON.split())
_BULLETS = ("•", "-", "*", "‣", "·", "–")


@dataclass(frozen=True)
class QualitySettings:
    """What a passage must be like.

    Attributes:
        languages: ISO 639-1 codes, told by py3langid; empty takes every language.
        min_words: fewest words, split at spaces.
        min_letters: smallest share of words with a letter.
        min_word_length, max_word_length: of the mean word.
        max_symbols: largest share of words that are # or an ellipsis.
        max_bullets: largest share of lines that begin with a bullet.
        max_repetition: largest share of words that are one and the same word of four letters or more.
        stop_words: fewest different English function words; asked only where English is the one language.
    """

    languages: tuple[str, ...] = ("en",)
    min_words: int = 8
    min_letters: float = 0.6
    min_word_length: float = 2.5
    max_word_length: float = 12.0
    max_symbols: float = 0.1
    max_bullets: float = 0.9
    max_repetition: float = 0.3
    stop_words: int = 1

    def __post_init__(self) -> None:
        at_least(self, 0, "min_words", "min_letters", "max_symbols", "max_bullets", "max_repetition", "stop_words")


class QualityFilter:
    """Says of a passage why it is left out, or None.

    Raises:
        MissingExtraError: languages are asked for and py3langid is not installed.
    """

    def __init__(self, settings: QualitySettings) -> None:
        self.settings = settings
        self._classify = None
        if settings.languages:
            try:
                from py3langid import classify
            except ImportError as error:
                raise MissingExtraError("py3langid", "distill", "telling the language of a passage") from error
            self._classify = classify

    def fault(self, text: str) -> str | None:
        """Why the passage is left out: the cheapest reason first."""
        s, words = self.settings, text.split()
        count = max(1, len(words))
        if len(words) < s.min_words:
            return "short"
        if sum(any(map(str.isalpha, word)) for word in words) / count < s.min_letters:
            return "letters"
        if not s.min_word_length <= sum(map(len, words)) / count <= s.max_word_length:
            return "word length"
        if sum(word in ("...", "…") or "#" in word for word in words) / count > s.max_symbols:
            return "symbols"
        lines = [line.lstrip() for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and sum(line.startswith(_BULLETS) for line in lines) / len(lines) > s.max_bullets:
            return "bullets"
        common = Counter(word.casefold() for word in words if len(word) >= 4).most_common(1)
        if common and common[0][1] > max(2, s.max_repetition * count):
            return "repetition"
        if s.languages == ("en",) and len(_STOP_WORDS & {word.lower() for word in words}) < s.stop_words:
            return "stop words"
        if self._classify is not None and self._classify(text)[0] not in s.languages:
            return "language"
        return None
