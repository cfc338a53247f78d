"""Which type a span belongs to, when two or more claim the very same span: decided here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from hybrid_ner.calibration import logit
from hybrid_ner.definitions.contrast import Contrast
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Decision, Proposal, TypeSet
from hybrid_ner.thresholds import bars_of

STAGE = "index"
POLICIES = ("best", "both", "abstain")
DEFAULT_POLICY = POLICIES[0]

# Not fitted to anything; it matters only to "both" and "abstain", which a caller has to ask for.
DEFAULT_MARGIN = 0.05


def judge(
    decisions: Iterable[Decision],
    types: TypeSet,
    *,
    text: str = "",
    contrast: Contrast | None = None,
    margin: float = DEFAULT_MARGIN,
    policy: str = DEFAULT_POLICY,
    threshold: float | None = None,
) -> list[Decision]:
    """Decides between the types that compete for one span (same start, same end) and leaves the rest alone.

    The best score wins, except that a type below its own threshold cannot take the span from one that reaches
    its own: it would be dropped later and the span would be lost. Close types that come near the best are
    contrasted: the one with the largest share wins, and takes over the best score, since that says how sure it is
    that the span is one of them. Equal claims go to the name that sorts first. Several candidates of the winning
    type all stay; consolidation removes duplicates.

    Args:
        decisions: candidates of one document; only kept ones compete.
        types: the types asked for, with their thresholds.
        text: the document, and contrast: the second look at close types, which reads it; None does without.
        margin: a lead below this (in score; in share between contrasted types) is too close to call; what happens
            then is the policy's.
        policy: "best" takes the winner all the same, "both" keeps every type within the margin of the winner,
            "abstain" keeps none.
        threshold: the score from which types without a threshold of their own will be kept, where known.

    Returns:
        Every input decision, in the order given: the winner names its runner-up as `rival`, the losers name
        the winner and are dropped with the reason.

    Raises:
        UsageError: an unknown policy or a margin outside [0, 1].
    """
    check_close_calls(policy, margin)
    bars = bars_of(types, threshold)
    result = list(decisions)
    contested = _contested(result)
    for claims in contested:
        claims.sort(key=lambda i: _rank(result[i], bars))
    shares = _shares(text, [[result[i] for i in claims] for claims in contested], bars, contrast)
    for claims, share in zip(contested, shares, strict=True):
        claims.sort(key=lambda i: (-share.get(result[i].type, -1.0), *_rank(result[i], bars)))
        verdict = _decide([result[i] for i in claims], share, bars, margin, policy)
        for index, decision in zip(claims, verdict, strict=True):
            result[index] = decision
    return result


def contenders(
    proposals: Iterable[Proposal], bars: Mapping[str, float | None], window: float | None
) -> list[Proposal]:
    """The proposals that can win their span, in the order given; what `judge` drops by policy "best" is left out.

    With many types most claims are rivals without a chance, and nobody who does not ask why needs to hear of them.

    Args:
        proposals: of one document.
        bars: each type's threshold.
        window: logits below the best claim within which the second look may prefer another; None where there is none.
    """
    given = list(proposals)
    ranks = [_rank(claim, bars) for claim in given]
    best: dict[tuple[int, int], tuple[bool, float, str]] = {}
    for claim, rank in zip(given, ranks, strict=True):
        span = claim.start, claim.end
        if span not in best or rank < best[span]:
            best[span] = rank

    def may_win(claim: Proposal, rank: tuple[bool, float, str]) -> bool:
        first = best[claim.start, claim.end]
        if rank[2] == first[2]:
            return True
        return window is not None and not rank[0] and logit(claim.score) >= logit(-first[1]) - window

    return [claim for claim, rank in zip(given, ranks, strict=True) if may_win(claim, rank)]


def check_close_calls(policy: str, margin: float) -> None:
    """Raises UsageError for a policy or a margin that `judge` does not take."""
    if policy not in POLICIES:
        raise UsageError(f"unknown policy for close calls {policy!r}; accepted: {', '.join(POLICIES)}")
    if not 0 <= margin <= 1:
        raise UsageError(f"the margin of close calls must be a number from 0 to 1, got {margin!r}")


def _shares(
    text: str,
    contested: Sequence[Sequence[Decision]],
    bars: Mapping[str, float | None],
    contrast: Contrast | None,
) -> list[dict[str, float]]:
    """The shares of contrasted types for each span, best claim first; only of claims that clear their bars.

    What will be dropped for its score all the same is not worth a second look.
    """
    if contrast is None or not contested:
        return [{} for _ in contested]
    alike = [[d for d in ranked if _clears(d, bars)] for ranked in contested]
    return contrast.shares(text, alike)


def _contested(decisions: Sequence[Decision]) -> list[list[int]]:
    """Indices of the kept decisions of every span that more than one type claims."""
    spans: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, decision in enumerate(decisions):
        if decision.kept:
            spans[decision.start, decision.end].append(index)
    return [claims for claims in spans.values() if len({decisions[i].type for i in claims}) > 1]


def _clears(claim: Decision | Proposal, bars: Mapping[str, float | None]) -> bool:
    bar = bars.get(claim.type)
    return bar is None or claim.score >= bar


def _rank(claim: Decision | Proposal, bars: Mapping[str, float | None]) -> tuple[bool, float, str]:
    return (not _clears(claim, bars), -claim.score, claim.type)


def _decide(
    ranked: list[Decision],
    share: Mapping[str, float],
    bars: Mapping[str, float | None],
    margin: float,
    policy: str,
) -> list[Decision]:
    """The verdict over the claims on one span, best first; as many decisions, in the same order."""
    winner = ranked[0]
    runner_up = next(d for d in ranked if d.type != winner.type)
    best = max(d.score for d in ranked if d is winner or d.type in share)

    def lead(claim: Decision) -> float:
        if share:
            return share[winner.type] - share.get(claim.type, 0.0)
        return winner.score - claim.score

    close = {d.type for d in ranked if lead(d) < margin and _clears(d, bars) == _clears(winner, bars)} - {winner.type}

    def verdict(claim: Decision) -> Decision:
        rival = runner_up if claim.type == winner.type else winner
        if claim.type == winner.type or claim.type in close:
            if close and policy == "abstain":
                return claim.drop(
                    STAGE,
                    f"too close to call between {claim.type!r} ({_value(claim, share)}) and "
                    f"{rival.type!r} ({_value(rival, share)}), margin {margin:.2f}",
                    rival=rival.type,
                )
            if claim.type == winner.type:
                said = f"{_value(claim, share)} against {_value(rival, share)} of {rival.type!r}"
                score = best if claim is winner else claim.score
                return claim.change(STAGE, "win", said + _by(share), rival=rival.type, score=score)
            if policy == "both":
                detail = f"within {margin:.2f} of {rival.type!r} ({_value(rival, share)})"
                return claim.change(STAGE, "keep", detail, rival=rival.type)
        return claim.drop(STAGE, _loss(claim, winner, share), rival=winner.type)

    return [verdict(claim) for claim in ranked]


def _value(claim: Decision, share: Mapping[str, float]) -> str:
    return f"{share.get(claim.type, claim.score) if share else claim.score:.2f}"


def _by(share: Mapping[str, float]) -> str:
    return f", by contrast of {len(share)} close types" if share else ""


def _loss(loser: Decision, winner: Decision, share: Mapping[str, float]) -> str:
    if loser.type in share:
        return (
            f"lost to {winner.type!r} by contrast: {share[winner.type]:.2f} of their share against "
            f"{share[loser.type]:.2f} (scores {winner.score:.2f} and {loser.score:.2f})"
        )
    if loser.score > winner.score:
        return (
            f"lost to {winner.type!r} ({winner.score:.2f}), which reaches its threshold "
            f"while {loser.score:.2f} does not reach this type's"
        )
    return f"lost to {winner.type!r} by {winner.score - loser.score:.2f} ({loser.score:.2f} against {winner.score:.2f})"
