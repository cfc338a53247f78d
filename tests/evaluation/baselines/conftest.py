from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """An untrained BERT of two layers, as the tests of training have it."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.training.made import write_bert

    return write_bert(tmp_path_factory.mktemp("bert"))
