"""Batches prepared ahead: the same ones in the same order, whatever the number of processes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from itertools import islice

from hybrid_ner.training.ahead import pools

from .test_batches import same, stream, words  # noqa: F401 (fixtures)


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_change_nothing(stream, workers):  # noqa: F811
    here, ahead = (list(islice(pools(stream(), 3, number), 3)) for number in (0, workers))
    assert all(same(a, b) for a, b in zip(here, ahead, strict=True))


def test_the_first_pool_is_the_one_asked_for(stream):  # noqa: F811
    assert same(next(pools(stream(), 2, 1)), list(stream().pool(2)))
