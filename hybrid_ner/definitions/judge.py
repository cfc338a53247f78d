"""Which type a span belongs to, when two or more claim the very same span: decided here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Decision, TypeSet
from hybrid_ner.thresholds import bars_of

STAGE = "index"
POLICIES = ("best", "both", "abstain")

# Not fitted to anything; it matters only to "both" and "abstain", which a caller has to ask for.
DEFAULT_MARGIN = 0.05


def judge(
    decisions: Iterable[Decision],
    types: TypeSet,
    *,
    margin: float = DEFAULT_MARGIN,
    policy: str = "best",
    threshold: float | None = None,
) -> list[Decision]:
    """Decides between the types that compete for one span (same start, same end) and leaves the rest alone.

    The best score wins, except that a type below its own threshold cannot take the span from one that reaches
    its own: it would be dropped later and the span would be lost. Equal scores go to the name that sorts
    first. Several candidates of the winning type all stay; consolidation removes duplicates.

    Args:
        decisions: candidates of one document; only kept ones compete.
        types: the types asked for, with their thresholds.
        margin: a lead below this is too close to call; what happens then is the policy's.
        policy: "best" takes the winner all the same, "both" keeps every type within the margin of the winner,
            "abstain" keeps none.
        threshold: the score from which types without a threshold of their own will be kept, where known.

    Returns:
        Every input decision, in the order given: the winner names its runner-up as `rival`, the losers name
        the winner and are dropped with the reason.

    Raises:
        UsageError: an unknown policy or a margin outside [0, 1].
    """
    if policy not in POLICIES:
        raise UsageError(f"unknown judge policy {policy!r}; accepted: {', '.join(POLICIES)}")
    if not 0 <= margin <= 1:
        raise UsageError(f"the judge's margin must be a number from 0 to 1, got {margin!r}")
    bars = bars_of(types, threshold)
    result = list(decisions)
    for claims in _contested(result):
        claims.sort(key=lambda i: _rank(result[i], bars))
        verdict = _decide([result[i] for i in claims], bars, margin, policy)
        for index, decision in zip(claims, verdict, strict=True):
            result[index] = decision
    return result


def _contested(decisions: Sequence[Decision]) -> list[list[int]]:
    """Indices of the kept decisions of every span that more than one type claims."""
    spans: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, decision in enumerate(decisions):
        if decision.kept:
            spans[decision.start, decision.end].append(index)
    return [claims for claims in spans.values() if len({decisions[i].type for i in claims}) > 1]


def _clears(decision: Decision, bars: Mapping[str, float | None]) -> bool:
    bar = bars.get(decision.type)
    return bar is None or decision.score >= bar


def _rank(decision: Decision, bars: Mapping[str, float | None]) -> tuple[bool, float, str]:
    return (not _clears(decision, bars), -decision.score, decision.type)


def _decide(ranked: list[Decision], bars: Mapping[str, float | None], margin: float, policy: str) -> list[Decision]:
    """The verdict over the claims on one span, best first; as many decisions, in the same order."""
    winner = ranked[0]
    runner_up = next(d for d in ranked if d.type != winner.type)
    close = {
        d.type for d in ranked if winner.score - d.score < margin and _clears(d, bars) == _clears(winner, bars)
    } - {winner.type}

    def verdict(claim: Decision) -> Decision:
        rival = runner_up if claim.type == winner.type else winner
        if claim.type == winner.type or claim.type in close:
            if close and policy == "abstain":
                return claim.drop(
                    STAGE,
                    f"too close to call between {claim.type!r} ({claim.score:.2f}) and "
                    f"{rival.type!r} ({rival.score:.2f}), margin {margin:.2f}",
                    rival=rival.type,
                )
            if claim.type == winner.type:
                lead = f"{claim.score:.2f} against {rival.score:.2f} of {rival.type!r}"
                return claim.change(STAGE, "win", lead, rival=rival.type)
            if policy == "both":
                detail = f"within {margin:.2f} of {rival.type!r} ({rival.score:.2f})"
                return claim.change(STAGE, "keep", detail, rival=rival.type)
        return claim.drop(STAGE, _loss(claim, winner), rival=winner.type)

    return [verdict(claim) for claim in ranked]


def _loss(loser: Decision, winner: Decision) -> str:
    if loser.score > winner.score:
        return (
            f"lost to {winner.type!r} ({winner.score:.2f}), which reaches its threshold "
            f"while {loser.score:.2f} does not reach this type's"
        )
    return f"lost to {winner.type!r} by {winner.score - loser.score:.2f} ({loser.score:.2f} against {winner.score:.2f})"
