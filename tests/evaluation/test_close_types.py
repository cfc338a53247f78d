"""Pairs of close types: typing with the index beside typing without it."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation import close_types
from evaluation.corpora import CorpusError
from evaluation.tables import render
from hybrid_ner.definitions.contrast import ContrastConfig, Contrasts
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from tests.evaluation.made import row, write_corpus
from tests.fakes import CapitalsStudent

TYPES = {"P": {"name": "person", "definition": "A human."}, "W": {"name": "writer", "definition": "Writes."}}
ROWS = [
    row(1, "Byron met Napoleon .", ("Byron", "W"), ("Napoleon", "P")),
    row(2, "then Keats slept .", ("Keats", "W")),
    row(3, "nobody slept ."),
]


class Look:
    """Knows writers by their y's and k's; types lie by name."""

    def encode(self, texts):
        return np.tile([1.0, 0.0], (len(texts), 1))

    def types(self, texts):
        return np.array([[0.0, 1.0] if "writer" in text else [1.0, 0.0] for text in texts])

    def mentions(self, texts):
        return np.array([[0.0, 1.0] if set(text.lower()) & {"y", "k"} else [1.0, 0.0] for text in texts])


@pytest.fixture
def data(tmp_path, monkeypatch):
    write_corpus(tmp_path, "letters", types=TYPES, rows={"dev": ROWS}, role="train")
    monkeypatch.setattr(close_types, "read_pairs", lambda: {"letters": [("person", "writer")]})
    return tmp_path


def test_when_the_index_knows_better_then_its_accuracy_and_the_errors_gone_say_so(data):
    ner = HybridNER(CapitalsStudent(), load_packs(()), contrasts=Contrasts(Look(), Look(), ContrastConfig(4.0, 2.0)))
    found = close_types.run_close_types(ner, data, "name", None)
    (line,) = found["pairs"]
    # Alone, the student calls everybody a person; the second look knows the two writers.
    assert (line["spans"], line["without"], line["with"], line["errors_gone"]) == (3, 33.33, 100.0, 100.0)
    assert found["mean"] == {"by_name": 33.33, "without": 33.33, "with": 100.0, "errors_gone": 100.0}
    table = render(
        [{"kind": "close-types", "view": "name", "limit": 9, "split": "dev", "protocol": "p", "command": "c", **found}]
    )
    assert "| person / writer (letters) | 3 | 33.3 | 33.3 | 100.0 | 100 % |" in table


def test_when_a_corpus_lacks_a_type_of_a_pair_then_it_says_which(data, monkeypatch):
    monkeypatch.setattr(close_types, "read_pairs", lambda: {"letters": [("person", "poet")]})
    with pytest.raises(CorpusError, match=r"has no types \['poet'\]"):
        close_types.run_close_types(HybridNER(CapitalsStudent(), load_packs(())), data, "name", None)


def test_the_shipped_pairs_can_be_read():
    assert all(len(pair) == 2 and pair[0] != pair[1] for pairs in close_types.read_pairs().values() for pair in pairs)
