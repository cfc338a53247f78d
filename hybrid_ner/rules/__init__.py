"""The rule engine: packs of rules (data, YAML) that propose, trim, drop, relabel and re-score candidates."""

from __future__ import annotations

from hybrid_ner.rules.engine import RuleEngine, load_packs
from hybrid_ner.rules.pack import RulePack, load_pack

__all__ = ["RuleEngine", "RulePack", "load_pack", "load_packs"]
