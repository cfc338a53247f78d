"""How much does F1 move when the same types are put in other words? UniversalNER (section 5.5) asks it of one case."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evaluation.corpora import Corpus, CorpusError, Sentence, load_yaml
from evaluation.suite import Asked, Extractor, Split, asked_types
from evaluation.variants import Variant
from hybrid_ner.schema import EntityType

PATH = Path(__file__).with_name("paraphrases.yaml")
GIVEN, DEFINED = "name as given", "name and definition"
FULL_STOP = "."

Wording = tuple[str, str]  # name, definition


def variants(ner: Callable[[], Extractor], path: Path = PATH) -> list[Variant]:
    """The suite's variants: names, then names with definitions; `path` holds the other words.

    Raises:
        CorpusError: a file of other words that is no mapping of corpora.
    """
    words = load_yaml(path)
    if not isinstance(words, dict):
        raise CorpusError(f"{path}: expected a mapping corpus -> label -> [name, definition]")
    other = lambda corpus: reworded(corpus, words, path)  # noqa: E731

    def named(corpus: Corpus) -> list[Asked]:
        return [Asked(EntityType(t.name), t.name) for t in corpus.types]

    def defined(corpus: Corpus, change: Callable[[str], str] = str) -> list[Asked]:
        own = asked_types(corpus, "both")
        return [Asked(dataclasses.replace(t, definition=change(t.definition or "")), t.name) for t in own]

    return [
        Variant(GIVEN, ner, asked=named),
        Variant("name in other words", ner, GIVEN, asked=lambda c: [_without_definition(a) for a in other(c)]),
        Variant("names in reverse order", ner, GIVEN, asked=lambda c: named(c)[::-1]),
        Variant("names in upper case", ner, GIVEN, asked=lambda c: [_upper(a) for a in named(c)]),
        Variant("text without its last full stop", ner, GIVEN, asked=named, split=without_full_stop),
        Variant(DEFINED, ner, GIVEN, asked=defined),
        Variant("name and definition in other words", ner, DEFINED, asked=other),
        Variant(
            "definition without its full stop", ner, DEFINED, asked=lambda c: defined(c, lambda d: d.removesuffix("."))
        ),
    ]


def reworded(corpus: Corpus, words: Mapping[str, Mapping[str, Sequence[str]]], path: Path = PATH) -> list[Asked]:
    """The corpus's types in the other words.

    Raises:
        CorpusError: a type without other words, or with something else than a name and a definition.
    """
    own = words.get(corpus.name) or {}
    asked = []
    for t in corpus.types:
        wording = own.get(t.label)
        if not (isinstance(wording, list) and len(wording) == 2 and all(isinstance(w, str) and w for w in wording)):
            raise CorpusError(
                f"{path}: {corpus.name}, {t.label!r}: expected [name, definition], other words for {t.name!r}; "
                f"got {wording!r}"
            )
        asked.append(Asked(EntityType(wording[0], wording[1]), t.name))
    return asked


def without_full_stop(split: Split) -> Split:
    """The split with the full stop that ends a text taken away, where it is in no gold span: offsets stay."""
    return dataclasses.replace(split, sentences=tuple(map(_shortened, split.sentences)))


def _shortened(sentence: Sentence) -> Sentence:
    text = sentence.text.rstrip()
    last = len(text) - 1
    if not text.endswith(FULL_STOP) or last == 0 or any(end > last for _, end, _ in sentence.gold):
        return sentence
    return dataclasses.replace(sentence, text=text[:-1])


def _without_definition(asked: Asked) -> Asked:
    return Asked(EntityType(asked.type.name), asked.scores_as)


def _upper(asked: Asked) -> Asked:
    return Asked(EntityType(asked.type.name.upper()), asked.scores_as)
