"""From the labels of a file to the names of the types asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold.errors import GoldError
from hybrid_ner.schema import TypeSet


class Labels:
    """Which type a raw label stands for.

    A label in `mapping` stands for the type it names there, or for nothing where that is empty. Any other must be
    a type's name; case, and what stands between words (CoNLL and brat put `_` for a space), do not count.

    Args:
        types: the types asked; None accepts every label as it is.
        mapping: raw label -> type name, or "" to leave its spans out.

    Raises:
        UsageError: `mapping` names a type that is not asked.
    """

    def __init__(self, types: TypeSet | None = None, mapping: Mapping[str, str] | None = None) -> None:
        self._types = types
        self._known: dict[str, str | None] = {}
        for raw, name in (mapping or {}).items():
            found = types.get(name) if types and name else None
            if types and name and found is None:
                raise UsageError(
                    f"label {raw!r} is mapped to {name!r}, which is not asked; accepted: {', '.join(types.names)}, "
                    "or nothing to leave its spans out"
                )
            self._known[raw] = (found.name if found else name) or None

    def name_of(self, raw: str, where: str) -> str | None:
        """The type's name, or None when the label's spans are to be left out.

        Raises:
            GoldError: the label is none of the types, or could be several.
        """
        if raw not in self._known:
            self._known[raw] = raw if self._types is None else self._named(self._types, raw, where)
        return self._known[raw]

    def known(self, raws: Iterable[str]) -> tuple[str, ...]:
        """The types that labels stand for; those that stand for none are passed over."""
        names = []
        for raw in raws:
            try:
                names.append(self.name_of(raw, ""))
            except GoldError:
                continue
        return tuple(dict.fromkeys(name for name in names if name is not None))

    @staticmethod
    def _named(types: TypeSet, raw: str, where: str) -> str:
        exact = types.get(raw)
        if exact is not None:
            return exact.name
        near = [name for name in types.names if _key(name) == _key(raw)]
        if len(near) == 1:
            return near[0]
        what = f"could be any of {near}" if near else f"is none of the types asked ({', '.join(types.names)})"
        raise GoldError(
            f"{where}: the label {raw!r} {what}; say what it is with --map {raw}=NAME, or leave its spans out "
            f"with --map {raw}="
        )


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()
