"""What the tests of training share: made once a session, never written to by a test."""

from __future__ import annotations

import pytest

from tests.training import made


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    return made.write_corpora(tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    return made.write_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def settings(bert):
    """Of a run that learns the made corpora by heart in seconds."""
    return {
        "encoder": str(bert),
        "seed": 3,
        "steps": 100,
        "token_budget": 600,
        "encoder_rate": 1e-3,
        "head_rate": 1e-2,
        "checkpoint_every": 1000,
        "heads": {"max_width": 4, "hidden": 32, "mention_hidden": 16, "context": 8},
    }


@pytest.fixture(scope="session")
def learned(data, settings, tmp_path_factory):
    """A finished run and the loss of each of its steps."""
    from hybrid_ner.training.config import TrainConfig
    from hybrid_ner.training.train import _Run, train

    losses, step = [], _Run._step

    def watched(self, *arguments):
        parts = step(self, *arguments)
        losses.append(parts["loss"])
        return parts

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Run, "_step", watched)
        return train(TrainConfig(**settings), data, tmp_path_factory.mktemp("run"), progress=False), losses


@pytest.fixture(scope="session")
def run(learned):
    """The folder of a finished run."""
    return learned[0]
