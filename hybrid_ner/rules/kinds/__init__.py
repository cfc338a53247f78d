"""The kinds of rules, one a file: name in a pack -> kind."""

from __future__ import annotations

from hybrid_ner.rules.kinds import gazetteer, pattern, reject, relabel, require, rescore, trim
from hybrid_ner.rules.kinds.base import Kind

KINDS: dict[str, Kind] = {
    "gazetteer": gazetteer.KIND,
    "pattern": pattern.KIND,
    "trim": trim.KIND,
    "reject": reject.KIND,
    "require": require.KIND,
    "relabel": relabel.KIND,
    "rescore": rescore.KIND,
}
# The order in which an engine runs them, whatever the order in a pack.
STAGES = ("propose", "trim", "filter", "relabel", "rescore")
