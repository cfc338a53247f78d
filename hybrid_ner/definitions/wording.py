"""What is wrong with the words of one type: a name that says little, a definition that defines nothing."""

from __future__ import annotations

import regex

from hybrid_ner.schema import EntityType

Fault = tuple[str, str]  # what is wrong, and what to do about it, a line each

MIN_DEFINITION_WORDS, MAX_DEFINITION_WORDS = 3, 60

SAYS_LITTLE = frozenset(
    """
    any anything class category concept entity entities general group instance item items keyword kind label
    mention misc miscellaneous name named none noun object objects other others phrase something span special
    stuff subject tag term thing things topic type unknown value various word
    """.split()  # noqa: SIM905
)

_WORD = regex.compile(r"\w+")
_CODE = regex.compile(r"\p{Lu}[\p{Lu}\d]{1,4}|[\p{Latin}\d]{1,2}")
_TAG = regex.compile(r"[BILOESU]-[\p{Lu}\d_]+|[\w-]*_[\w-]*|(?:\p{Lu}\p{Ll}+){2,}")
_EXAMPLES = regex.compile(r"(?:e\.\s?g\.|(?:for (?:example|instance)|such as|like|examples?)\b)", regex.I)
_QUOTED = regex.compile(r"\"[^\"]*\"|“[^”]*”|'[^']*'|‘[^’]*’|«[^»]*»")
_JOINERS = {"and", "or", "etc"}
_ARTICLES = {"a", "an", "the"}


def name_fault(entity_type: EntityType) -> Fault | None:
    """The first thing wrong with a type's name, or None. A definition makes up for codes and odd words."""
    name = entity_type.name
    words = _words(name.replace("_", " "))
    bare = entity_type.definition is None
    if not any(c.isalpha() for c in name):
        return "the name has no letters", "name the type in words"
    if all(word in SAYS_LITTLE for word in words):
        return "the name says little about what counts", "name what is meant, or leave the type out"
    if bare and _CODE.fullmatch(name):
        return "the name is a short code without a definition", "write the name out, or add a definition"
    if _TAG.fullmatch(name):
        return "the name is written as a label", f"write it in plain words, for example {_plain(name)!r}"
    if bare and not all(map(_pronounceable, words)):
        return "the name does not look like words", "check the spelling, or add a definition"
    return None


def definition_fault(entity_type: EntityType) -> Fault | None:
    """The first thing wrong with a type's definition, or None; a type without one has nothing wrong."""
    definition = entity_type.definition
    if definition is None:
        return None
    words = _words(definition)
    known = {word for view in (entity_type.name, *entity_type.aliases) for word in _words(view)}
    if words and not set(words) - known - _ARTICLES:
        return "the definition repeats the name", "say what counts, or leave the definition out"
    if _only_examples(definition):
        return "the definition only gives examples", "say what kind of thing counts; examples may follow"
    if len(words) < MIN_DEFINITION_WORDS and definition.isascii():  # not every script has spaces
        return f"the definition has fewer than {MIN_DEFINITION_WORDS} words", "say what counts in a sentence"
    if len(words) > MAX_DEFINITION_WORDS:
        message = f"the definition has {len(words)} words, more than {MAX_DEFINITION_WORDS}"
        return message, "keep the sentence that says what counts"
    return None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _plain(label: str) -> str:
    """A label in words: "B-PER" -> "per", "birth_date" and "BirthDate" -> "birth date"."""
    label = regex.sub(r"^[BILOESU]-", "", label)
    return regex.sub(r"[_-]+|(?<=\p{Ll})(?=\p{Lu})", " ", label).strip().lower()


def _pronounceable(word: str) -> bool:
    """Whether a longer word of plain Latin letters has a vowel; nothing else is judged."""
    judged = len(word) > 2 and word.isascii() and word.isalpha()
    return not judged or not set("aeiouy").isdisjoint(word)


def _only_examples(definition: str) -> bool:
    """Whether it opens with "such as" or the like, or only joining words are left beside its quotes."""
    if _EXAMPLES.match(definition):
        return True
    beside = _QUOTED.sub(" ", definition)
    return beside != definition and not set(_words(beside)) - _JOINERS
