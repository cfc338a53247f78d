from __future__ import annotations

import pytest

from evaluation.protocols import tally
from evaluation.protocols.tally import Tally
from evaluation.protocols.uniner import normalise

TEXT = "The Beatles met the Beatles' fan, a Mr. King, in U.S.A. and the USA."


def span(mention: str, type_name: str, nth: int = 0) -> tuple[int, int, str]:
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(mention, start + 1)
    return start, start + len(mention), type_name


@pytest.mark.parametrize(
    ("mention", "normalised"),
    [
        ("The Beatles", "beatles"),
        ("  New   York ", "new york"),
        ("U.S.A.", "usa"),
        ("A-Team", "ateam"),  # punctuation goes first, so no article is left to take away
        ("A.N. Other", "other"),  # and here it leaves one
        ("rock 'n' the an a roll", "rock n roll"),
        ("Banana and Theatre", "banana and theatre"),
        ("“Élan”", "“élan”"),  # only ASCII punctuation goes
        ("The", ""),
    ],
)
def test_when_a_mention_is_normalised_then_it_is_as_the_published_script_has_it(mention, normalised):
    assert normalise(mention) == normalised


def test_when_the_same_string_is_found_elsewhere_then_it_is_right():
    gold = [span("The Beatles", "band")]
    assert tally("uniner", [(gold, [span("Beatles", "band", nth=1)], TEXT)]) == Tally(1, 1, 1)


def test_when_a_string_is_marked_twice_then_it_counts_once():
    gold = [span("U.S.A.", "country"), span("the USA", "country")]
    assert tally("uniner", [(gold, [span("USA", "country")], TEXT)]) == Tally(1, 1, 1)


def test_when_the_type_differs_then_the_string_is_wrong():
    assert tally("uniner", [([span("King", "person")], [span("King", "band")], TEXT)]) == Tally(0, 1, 1)


def test_when_the_same_string_is_in_two_texts_then_it_counts_twice():
    sentence = ([span("King", "person")], [span("a Mr. King", "person"), span("King", "person")], TEXT)
    total = tally("uniner", [sentence, sentence])
    assert total == Tally(2, 2, 4)
    assert total.to_dict() == {"precision": 50.0, "recall": 100.0, "f1": 66.67}


def test_when_nothing_is_gold_or_found_then_the_ratios_are_zero():
    assert tally("uniner", [([], [], TEXT)]).to_dict() == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
