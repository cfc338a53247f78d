"""A stratified sample by hashed priority: the same passages whatever their order, in memory only as numbers."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping


def priority(seed: int, passage: str) -> int:
    """The place of a passage id in the draw: 64 bits, lowest first."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{passage}".encode()).digest()[:8], "big")


def quotas(available: Mapping[str, int], total: int, power: float) -> dict[str, int]:
    """How many of each stratum to take, at most what it has, `total` in all where that many are there.

    Args:
        power: shares are proportional to size ** power: 1 keeps the proportions, 0 takes alike of each.
    """
    taken = dict.fromkeys(available, 0)
    left = min(total, sum(available.values()))
    open_strata = sorted(name for name, count in available.items() if count)
    while left and open_strata:
        weights = {name: available[name] ** power for name in open_strata}
        whole = sum(weights.values())
        shares = {name: left * weight / whole for name, weight in weights.items()}
        full = [name for name in open_strata if shares[name] >= available[name]]
        for name in full:  # a stratum that is taken whole leaves the rest of its share to the others
            taken[name] = available[name]
            left -= available[name]
        if full:
            open_strata = [name for name in open_strata if name not in full]
            continue
        for name in open_strata:
            taken[name] = int(shares[name])
        by_remainder = sorted(open_strata, key=lambda name: (int(shares[name]) - shares[name], name))
        for name in by_remainder[: left - sum(taken[name] for name in open_strata)]:
            taken[name] += 1
        break
    return taken


def drawn(places: Iterable[tuple[str, int]], wanted: Mapping[str, int]) -> dict[str, int]:
    """The last priority drawn of each stratum, from (stratum, priority) pairs; -1 where nothing is."""
    heaps: dict[str, list[int]] = {name: [] for name in wanted}
    for stratum, place in places:
        heap, count = heaps[stratum], wanted[stratum]
        if len(heap) < count:
            heapq.heappush(heap, -place)
        elif count and place < -heap[0]:
            heapq.heapreplace(heap, -place)
    return {name: -heap[0] if heap else -1 for name, heap in heaps.items()}
