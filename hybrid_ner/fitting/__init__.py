"""Rules that learn: labelled sentences in, a rule pack out that a person can read and edit."""

from __future__ import annotations

from hybrid_ner.fitting.bench import Bench, FitError
from hybrid_ner.fitting.fit import Fitted, fit
from hybrid_ner.fitting.packfile import pack_text

__all__ = ["Bench", "FitError", "Fitted", "fit", "pack_text"]
