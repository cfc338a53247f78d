"""The errors users see: what went wrong, the offending value, what is accepted, what to try."""

from __future__ import annotations


class HybridNERError(Exception):
    """Base of every error raised on purpose by this package."""


class InputError(HybridNERError):
    """A document that cannot be read. Only this document fails; the rest of a run goes on."""


class TypesError(HybridNERError, ValueError):
    """A type list that cannot be used: empty, duplicated, or of the wrong shape."""


class RulePackError(HybridNERError, ValueError):
    """A rule pack that cannot be loaded; the message names file, line and rule."""


class ModelError(HybridNERError):
    """A student folder that is missing, incomplete, or of another format version."""


class UsageError(HybridNERError, ValueError):
    """Arguments that do not fit together."""


class MissingExtraError(HybridNERError, ImportError):
    """An optional dependency is needed; the message names the extra to install."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed; "
            f"try: pip install 'hybrid-ner[{extra}]'"
        )
