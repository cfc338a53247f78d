"""The kinds of rules, one a file: name in a pack -> kind."""

from __future__ import annotations

from hybrid_ner.rules.kinds import adapt, extend, gazetteer, pattern, reject, relabel, require, rescore, trim, weigh
from hybrid_ner.rules.kinds.base import Kind

KINDS: dict[str, Kind] = {
    "adapt": adapt.KIND,
    "gazetteer": gazetteer.KIND,
    "pattern": pattern.KIND,
    "weigh": weigh.KIND,
    "trim": trim.KIND,
    "extend": extend.KIND,
    "reject": reject.KIND,
    "require": require.KIND,
    "relabel": relabel.KIND,
    "rescore": rescore.KIND,
}
# The order in which an engine runs them, whatever the order in a pack: "adapt" before the student proposes, some before
# types compete for a span.
EARLY_STAGES = ("adapt", "claim", "weigh")
STAGES = ("propose", "trim", "filter", "relabel", "rescore")
