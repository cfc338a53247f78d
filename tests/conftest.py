"""Property tests draw the same examples on every run and are not timed."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repository", deadline=None, derandomize=True)
settings.load_profile("repository")
