"""One hash for one value, the same on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def digest_of_value(value: Any) -> str:
    """sha256 of a JSON-ready value, whatever the order of its keys."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
