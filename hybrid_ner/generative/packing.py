"""Examples packed into rows of bounded length, each example seeing only itself.

Positions start at 0 with every example of a row. transformers builds its attention mask from positions where no mask
is given (`masking_utils.find_packed_sequence_indices`), so that a token attends to the tokens of its own example only;
`keeps_examples_apart` checks that an architecture does.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hybrid_ner.generative.encoding import IGNORED, Example

if TYPE_CHECKING:
    import torch


def pack(examples: Sequence[Example], max_tokens: int, seed: int) -> list[list[Example]]:
    """Rows of at most `max_tokens` tokens that hold every example once.

    In a drawn order, each example goes to the fullest of the open rows that still has room (best fit): rows are full
    within a few tokens, and neighbours in a row are no neighbours in the data.
    """
    order = list(range(len(examples)))
    random.Random(seed).shuffle(order)
    rows: list[list[Example]] = []
    open_rows: list[tuple[int, int]] = []  # (tokens left, row)
    for index in order:
        size = len(examples[index])
        fitting = [row for row in open_rows if row[0] >= size]
        if fitting:
            best = min(fitting)
            open_rows.remove(best)
        else:
            best = (max_tokens, len(rows))
            rows.append([])
        rows[best[1]].append(examples[index])
        open_rows.append((best[0] - size, best[1]))
        if len(open_rows) > 64:  # the fullest is closed: little fits there, and looking costs
            open_rows.remove(min(open_rows))
    return rows


def collate(rows: Sequence[Sequence[Example]], pad_id: int) -> dict[str, torch.Tensor]:
    """A batch: `input_ids`, `labels` and `position_ids`, each [rows, longest].

    What fills a row up is one more example that nothing is learned from.
    """
    import torch

    longest = max(sum(map(len, row)) for row in rows)
    batch = {
        "input_ids": torch.full((len(rows), longest), pad_id),
        "labels": torch.full((len(rows), longest), IGNORED),
        "position_ids": torch.zeros((len(rows), longest), dtype=torch.long),
    }
    for number, row in enumerate(rows):
        at = 0
        for example in row:
            end = at + len(example)
            batch["input_ids"][number, at:end] = torch.from_numpy(example.ids.astype("int64"))
            batch["labels"][number, at:end] = torch.from_numpy(example.labels.astype("int64"))
            batch["position_ids"][number, at:end] = torch.arange(end - at)
            at = end
        batch["position_ids"][number, at:] = torch.arange(longest - at)
    return batch


def keeps_examples_apart(model: Any) -> bool:
    """Whether the model's outputs for an example are the same in a packed row as alone."""
    import torch

    device = next(model.parameters()).device
    vocabulary = model.get_input_embeddings().num_embeddings
    first, second = torch.arange(5, device=device) % vocabulary, (7 * torch.arange(1, 7, device=device)) % vocabulary
    positions = torch.cat([torch.arange(5), torch.arange(6)]).to(device)[None]
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            packed = model(input_ids=torch.cat([first, second])[None], position_ids=positions, use_cache=False).logits
            alone = model(input_ids=second[None], use_cache=False).logits
    finally:
        model.train(training)
    # Another example in sight moves logits by as much as they differ at all; rounding to bf16 by a fraction.
    difference = (packed[0, 5:].float() - alone[0].float()).abs().max()
    return bool(difference <= 0.2 * alone.float().std() + 1e-6)
