"""Trains the second look: mentions alone and types, brought together in the space of sentences.

Untouched sentence embeddings know what texts are alike, not what a name is a case of. Two small residuals, one on the
mention's side and one on the type's, are trained to put a mention next to its types (a softmax over types, as in
supervised contrastive learning; Khosla et al., 2020). The encoder stays as it is, so every text is embedded once.
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import trange

from hybrid_ner.students.torch import SpanStudent, embed_texts, unit
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import TrainingCorpus
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.pairs import TypePairs
from hybrid_ner.training.sampling import TypeKey, TypeTexts
from hybrid_ner.words import WordEncoder

logger = logging.getLogger(__name__)

_FROM_PAIRS, _FROM_WEAK_PAIRS, _FROM_CORPUS = 300, 60, 150  # the most mentions of one type
_FEWEST = 3
_LONGEST = 120  # characters of a mention that are read
_SEEDS, _SIBLINGS, _NEIGHBOURS, _MENTIONS = 48, 4, 24, 4  # types drawn a step, near ones beside each, mentions of each
_OF_CORPORA = 3.0  # how much oftener a type of a corpus is drawn than one of the pairs: people ask for such types
_NEAR = 0.6  # similarity of names from which types of two sources may be the same
_DROPOUT, _RATE, _DECAY, _WARM = 0.1, 5e-4, 0.05, 100
_DEFINED = 0.55  # share of types shown by name and definition, where they have one


@dataclass(frozen=True)
class LookMaterial:
    """Types with the places of their mentions among `embeddings` [M, D], and what must not count against what.

    Attributes:
        from_corpora: [K] whether a type is of a corpus, not of the pairs.
        shut: [K, K] whether type j may be right where type i is: it is near, of the same name, or a kind of it.
        same: [K, K] whether two types have one name.
    """

    keys: list[TypeKey]
    from_corpora: list[bool]
    mentions: list[list[int]]
    types_of: list[list[int]]
    embeddings: Tensor
    names: Tensor
    shut: Tensor
    same: Tensor


def fit_look(
    student: SpanStudent,
    material: LookMaterial,
    texts: TypeTexts,
    shown: Tensor,
    config: TrainConfig,
    progress: bool = True,
) -> float:
    """Trains the student's `look_mention` and `look_type`; returns the smoothed loss of the last step.

    Args:
        shown: [texts, D] untouched embeddings of every type text.
    """
    shown = shown.cpu()
    rng, nrng = random.Random(config.seed), np.random.default_rng(config.seed)
    torch.manual_seed(config.seed)
    weights = np.array([
        min(len(of), 100) ** 0.5 * (_OF_CORPORA if asked_for else 1.0)
        for asked_for, of in zip(material.from_corpora, material.mentions, strict=True)
    ])  # fmt: skip
    siblings = (material.names @ material.names.T).topk(min(_NEIGHBOURS, len(weights)), 1).indices.numpy()
    scale = nn.Parameter(torch.tensor(2.7))
    heads = nn.ModuleList([student.look_mention, student.look_type]).cpu().train()
    optimiser = torch.optim.AdamW([*heads.parameters(), scale], lr=_RATE, weight_decay=_DECAY)
    smooth = 0.0
    for step in trange(config.look_steps, disable=None if progress else True, unit="step", desc="second look"):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / _WARM) * (1 - step / config.look_steps)
        seeds = nrng.choice(len(weights), size=_SEEDS, p=weights / weights.sum())
        beside = siblings[seeds[:, None], nrng.integers(siblings.shape[1], size=(_SEEDS, _SIBLINGS))]
        drawn = sorted({*seeds.tolist(), *beside.ravel().tolist()})
        loss = _loss(student, material, drawn, texts, shown, scale, rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
    heads.eval()
    logger.info("second look: loss %.3f after %d steps", smooth, config.look_steps)
    return smooth


def _loss(
    student: SpanStudent,
    material: LookMaterial,
    drawn: list[int],
    texts: TypeTexts,
    shown: Tensor,
    scale: Tensor,
    rng: random.Random,
) -> Tensor:
    """Cross-entropy of some mentions of the drawn types over those types."""
    pairs = [
        (mention, column)
        for column, k in enumerate(drawn)
        for mention in rng.sample(material.mentions[k], min(_MENTIONS, len(material.mentions[k])))
    ]
    mentions, columns = map(list, zip(*pairs, strict=True))
    views = [texts.views[material.keys[k]] for k in drawn]
    chosen = [rng.choice(v["both" if "both" in v and rng.random() < _DEFINED else "name"]) for v in views]
    left = _moved(student.look_mention, material.embeddings[mentions])
    right = _moved(student.look_type, shown[chosen])
    logits = scale.exp() * left @ right.T
    types = torch.tensor(drawn)
    own = types[columns]
    shut = material.shut[own][:, types]
    for row, mention in enumerate(mentions):  # every type that lists the mention is right as well
        shut[row] |= material.same[material.types_of[mention]][:, types].any(0)
    shut[torch.arange(len(columns)), columns] = False
    return F.cross_entropy(logits.masked_fill(shut, -1e4), torch.tensor(columns))


def _moved(residual: nn.Module, embeddings: Tensor) -> Tensor:
    """As `SpanStudent.mention_look` and `type_look`, with dropout before the residual."""
    return unit(embeddings + residual(F.dropout(embeddings, _DROPOUT)))


def gather_material(
    untouched: nn.Module,
    words: WordEncoder,
    corpora: Sequence[TrainingCorpus],
    pairs: TypePairs | None,
    texts: TypeTexts,
    shown: Tensor,
    kinds: Kinds,
    config: TrainConfig,
) -> LookMaterial:
    """Gold mentions of the corpora and mentions of the type pairs, embedded by the untouched encoder.

    Args:
        shown: [texts, D] untouched embeddings of every type text.
    """
    shown = shown.cpu()
    of = _mentions(corpora, pairs, random.Random(config.seed))
    keys = [key for key, mentions in of.items() if len(mentions) >= _FEWEST]
    known = sorted({mention for key in keys for mention in of[key]})
    place = {mention: i for i, mention in enumerate(known)}
    types_of: list[list[int]] = [[] for _ in known]
    for k, key in enumerate(keys):
        for mention in of[key]:
            types_of[place[mention]].append(k)
    device = next(untouched.parameters()).device.type
    with torch.autocast(device, dtype=torch.bfloat16):
        embeddings = embed_texts(untouched, words, [mention[:_LONGEST] for mention in known], device).float().cpu()
    sources = [*corpora, *([pairs] if pairs else [])]
    spelled = [sources[source].types[label].name.casefold() for source, label in keys]
    names = shown[[texts.name(key) for key in keys]]
    source = torch.tensor([key[0] for key in keys])
    numbers = {name: i for i, name in enumerate(dict.fromkeys(spelled))}
    number = torch.tensor([numbers[name] for name in spelled])
    same = number[:, None] == number
    near = (names @ names.T > _NEAR) & (source[:, None] != source)
    narrower = torch.from_numpy(kinds.matrix(spelled)).T
    return LookMaterial(
        keys=keys,
        from_corpora=[source < len(corpora) for source, _ in keys],
        mentions=[[place[mention] for mention in of[key]] for key in keys],
        types_of=types_of,
        embeddings=embeddings,
        names=names,
        shut=near | same | narrower,
        same=same,
    )


def _mentions(
    corpora: Sequence[TrainingCorpus], pairs: TypePairs | None, rng: random.Random
) -> dict[TypeKey, list[str]]:
    """Some mentions of every type."""
    found: dict[TypeKey, list[str]] = {}
    for key, listed in (pairs.mentions if pairs else {}).items():
        most = _FROM_PAIRS if key in pairs.trusted else _FROM_WEAK_PAIRS
        found[len(corpora), key] = rng.sample(listed, min(most, len(listed)))
    for number, corpus in enumerate(corpora):
        marked: dict[str, dict[str, None]] = defaultdict(dict)
        for row in corpus.rows:
            for start, end, label in row.gold:
                marked[label][row.text[start:end]] = None
        for label, mentions in marked.items():
            found[number, label] = rng.sample(list(mentions), min(_FROM_CORPUS, len(mentions)))
    return found
