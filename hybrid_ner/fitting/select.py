"""Which learned rules stay: those whose gain on held-out sentences is more than noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hybrid_ner.fitting.gain import Gain, f1
from hybrid_ner.fitting.trials import Trials
from hybrid_ner.scoring import Counts

# How many standard errors a rule's gain must be above 0; chosen on the dev suite.
Z = 1.0
THRESHOLDS = (0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
_MOVES = (0.5, 0.7, 1.4, 2.0)  # times the common threshold: what a type's own may be
_OWN_Z = 2.5


@dataclass(frozen=True)
class Selection:
    """Rules by their ids, with what each gained, and the thresholds they were tried with."""

    gains: Mapping[str, Gain]
    thresholds: Mapping[str, float]
    counts: Sequence[Counts]


def prune(trials: Trials, ids: Iterable[str], thresholds: Mapping[str, float], z: float = Z) -> Selection:
    """Backward elimination: the rules that the others do worse without.

    The least useful goes first, and each is tried again before it goes: of two rules that say the same, one stays.
    Nor does it go once all that have gone would be missed together, however little each of them.
    """
    kept = dict.fromkeys(sorted(ids))
    counts = everything = trials.counts(kept, thresholds)

    def without(rule_id: str) -> tuple[list[Counts], Gain]:
        fewer = trials.counts(kept.keys() - {rule_id}, thresholds)
        return fewer, Gain.of(fewer, counts)

    gains = {rule_id: without(rule_id)[1] for rule_id in kept}
    for rule_id in sorted(gains, key=lambda rule_id: (gains[rule_id].z, rule_id)):
        fewer, gains[rule_id] = without(rule_id)
        if gains[rule_id].z < z and Gain.of(fewer, everything).z < z:
            del kept[rule_id]
            counts = fewer
    return Selection({rule_id: gains[rule_id] for rule_id in kept}, thresholds, counts)


def extend(trials: Trials, selection: Selection, more: Iterable[str], z: float = Z) -> Selection:
    """Forward selection: rules of `more` that the selection does better with, the best first."""
    gains, counts, thresholds = dict(selection.gains), selection.counts, selection.thresholds

    def along(rule_id: str) -> tuple[list[Counts], Gain]:
        found = trials.counts(gains.keys() | {rule_id}, thresholds)
        return found, Gain.of(counts, found)

    alone = {rule_id: along(rule_id)[1] for rule_id in more}
    for rule_id in sorted(alone, key=lambda rule_id: (-alone[rule_id].z, rule_id)):
        if alone[rule_id].z < z:
            break
        found, gain = along(rule_id)
        if gain.z >= z:
            gains[rule_id], counts = gain, found
    return Selection(gains, thresholds, counts)


def common_threshold(trials: Trials, ids: Iterable[str], z: float = Z) -> dict[str, float]:
    """The one threshold for all types with the best held-out F1, smoothed over its neighbours.

    The student's own stays where that is not better by more than noise.
    """
    ids, names = set(ids), trials.bench.types.names
    counts = [trials.counts(ids, dict.fromkeys(names, bar)) for bar in THRESHOLDS]
    curve = [f1(of) for of in counts]
    padded = [curve[0], *curve, curve[-1]]
    smooth = [padded[place] + 2 * padded[place + 1] + padded[place + 2] for place in range(len(curve))]
    best = max(range(len(curve)), key=smooth.__getitem__)
    usual = dict.fromkeys(names, trials.bench.ner.student.threshold)
    if Gain.of(trials.counts(ids, usual), counts[best]).z < z:
        return usual
    return dict.fromkeys(names, THRESHOLDS[best])


def with_common_threshold(trials: Trials, selection: Selection) -> Selection:
    """The selection with the threshold that is best for it: the one it was made with was that of all rules."""
    thresholds = common_threshold(trials, selection.gains)
    return replace(selection, thresholds=thresholds, counts=trials.counts(selection.gains, thresholds))


def own_thresholds(trials: Trials, selection: Selection, names: Iterable[str]) -> Selection:
    """Moves the thresholds of types, one at a time, where that is worth clearly more than noise."""
    for name in names:
        tried = [selection]
        for factor in _MOVES:
            thresholds = {**selection.thresholds, name: round(min(0.9, selection.thresholds[name] * factor), 2)}
            counts = trials.counts(selection.gains, thresholds)
            if Gain.of(selection.counts, counts).z >= _OWN_Z:
                tried.append(replace(selection, thresholds=thresholds, counts=counts))
        selection = max(tried, key=lambda one: f1(one.counts))
    return selection
