"""Documents for property tests: any valid Unicode text, any spans in it."""

from __future__ import annotations

from hypothesis import strategies as st

from hybrid_ner.schema import Decision, Document, Entity

# Characters that programs treat differently in lines, words and offsets, more often than by chance.
_AWKWARD = "\n\r\t\x0b\x0c\x1c\x1e\x85\u2028\xa0 \u200b\ufeff\x00<>&\"'#é\u0301क्षि漢😀👩‍👩‍👧"
texts = st.text(st.one_of(st.sampled_from(_AWKWARD), st.characters(exclude_categories=["Cs"])), max_size=40)
type_names = st.sampled_from(["person", "work of art", "<b>", "a\tb", "Größe"])
scores = st.floats(0, 1)


@st.composite
def documents(draw, with_decisions: bool = False) -> Document:
    text = draw(texts)
    entities = tuple(Entity(start, end, text[start:end], *rest) for start, end, *rest in draw(_spans(text)))
    decisions = ()
    if with_decisions:
        decisions = tuple(
            Decision(start, end, name, score, kept=draw(st.booleans()), reason=draw(texts))
            for start, end, name, score in draw(_spans(text))
        )
    return Document(text, entities, id=draw(st.one_of(texts, st.integers())), decisions=decisions)


def _spans(text: str):
    if not text:
        return st.just([])
    offsets = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text)))
    spans = offsets.filter(lambda span: span[0] < span[1])
    return st.lists(st.tuples(spans, type_names, scores).map(lambda s: (*s[0], s[1], s[2])), max_size=6)
