"""`hybrid-ner` with the fake extractor, as a program of its own: python -m tests.cli.program extract ..."""

from __future__ import annotations

import hybrid_ner.cli.extract
from hybrid_ner.cli import main
from tests.fakes import load_fake

if __name__ == "__main__":
    hybrid_ner.cli.extract.load_extractor = load_fake
    main()
