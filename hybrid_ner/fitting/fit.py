"""From labelled sentences to rules: induce many, try them on sentences they were not learned from, keep what holds."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.fitting.adapt import adapt
from hybrid_ner.fitting.bench import FOLDS, Bench
from hybrid_ner.fitting.edges import Seen, second_specs
from hybrid_ner.fitting.first import FirstStage
from hybrid_ner.fitting.gain import Gain, f1
from hybrid_ner.fitting.select import Z, common_threshold, extend, own_thresholds, prune, with_common_threshold
from hybrid_ner.fitting.specs import Spec, by_id, rules_of, slugs_of
from hybrid_ner.fitting.trials import Trials
from hybrid_ner.schema import Document, TypeSet
from hybrid_ner.scoring import Counts

if TYPE_CHECKING:
    from hybrid_ner.extractor import HybridNER

log = logging.getLogger(__name__)

RARE = 5  # mentions; below it a type's figures are mostly chance


@dataclass(frozen=True)
class Fitted:
    """Rules that were learned and held.

    Attributes:
        specs: rules as a pack has them, each with its support, precision and gain on held-out sentences.
        thresholds: type -> score from which it is kept.
        sentences, mentions: how many were learned from; mentions by type.
        before, after: held-out micro-F1 without the rules and with them, in percent.
        tried: rules that were induced from all sentences.
    """

    specs: tuple[Spec, ...]
    thresholds: Mapping[str, float]
    sentences: int
    mentions: Mapping[str, int]
    before: float
    after: float
    tried: int

    @property
    def rare(self) -> list[str]:
        """Types with too few mentions to trust what was learned of them."""
        return [name for name, count in self.mentions.items() if count < RARE]


def fit(ner: HybridNER, documents: Sequence[Document], types: TypeSet, *, quote: bool = True) -> Fitted:
    """Learns a pack for documents like these, to be used beside the extractor's own packs.

    Args:
        ner: the extractor with the rules that the pack will be used beside.
        documents: labelled sentences or short texts, as `read_gold` yields them.
        quote: whether mentions of the documents may be listed in the pack.

    Raises:
        FitError: too few documents, or no entity in them.
    """
    plain = Bench.of(ner, documents, types)
    before = Trials(plain, [{}] * FOLDS).counts((), {})
    bench, adapted = _adapted(plain, before)
    slugs = slugs_of(types.names)
    stage = FirstStage(bench, slugs, quote)
    by_fold = [stage.specs((fold,)) for fold in range(FOLDS)]
    whole = by_id(stage.specs())
    trials = Trials(bench, [rules_of("fitted", specs) for specs in by_fold])
    first = whole.keys() | {i for rules in trials.rules for i in rules}
    thresholds = common_threshold(trials, first)
    log.info("%d rules to try, threshold %.2f", len(first), thresholds[types.names[0]])
    selection = with_common_threshold(trials, prune(trials, first, thresholds))

    found = [tuple(trials.found(place, selection.gains, selection.thresholds)) for place in range(len(bench.examples))]
    seen = [Seen(example, kept) for example, kept in zip(bench.examples, found, strict=True)]
    later = [second_specs([one for one in seen if one.example.fold != fold], slugs) for fold in range(FOLDS)]
    whole |= by_id(second_specs(seen, slugs)) if quote else {}
    trials = trials.with_rules([rules_of("fitted", specs) for specs in later])
    selection = extend(trials, selection, (whole.keys() - first) & {s["id"] for specs in later for s in specs})

    mentions = Counter(name for example in bench.examples for _, _, name in example.gold)
    selection = own_thresholds(trials, selection, [name for name in types.names if mentions[name] >= RARE])
    holds = Gain.of(before, selection.counts).z >= Z
    specs = [*adapted, *(_measured(spec, selection.gains[i]) for i, spec in whole.items() if i in selection.gains)]
    return Fitted(
        specs=tuple(specs) if holds else (),
        thresholds=selection.thresholds if holds else {},
        sentences=len(documents),
        mentions={name: mentions[name] for name in types.names},
        before=100 * f1(before),
        after=100 * f1(selection.counts if holds else before),
        tried=len(whole) + len(adapted),
    )


def _adapted(plain: Bench, before: Sequence[Counts]) -> tuple[Bench, list[Spec]]:
    """The bench with types adapted and the rule that does so, where that is worth more than noise; else as it was."""
    found = adapt(plain)
    if found is None:
        return plain, []
    bench, spec = found
    trials = Trials(bench, [{}] * FOLDS)
    gain = Gain.of(before, trials.counts((), common_threshold(trials, ())))
    log.info("types adapted: %+.1f F1 on held-out sentences, z %.1f", gain.points, gain.z)
    return (bench, [_measured(spec, gain)]) if gain.z >= Z else (plain, [])


def _measured(spec: Spec, gain: Gain) -> Spec:
    """The spec with what was measured of it, behind its kind and types."""
    figures = {"support": gain.sentences, "precision": round(gain.precision, 1), "gain": round(gain.points, 2)}
    head = {name: spec[name] for name in ("id", "kind", "types", "from", "to") if name in spec}
    return {**head, **figures, **{name: value for name, value in spec.items() if name not in head}}
