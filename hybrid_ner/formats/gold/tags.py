"""Tags of token classification to spans, strictly: a sequence that a scheme does not allow is an error."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hybrid_ner.formats.gold.errors import GoldError, shown

# scheme -> prefixes and what they mean; BILOU and BMES write BIOES with other letters.
SCHEMES = {
    "bio": {"B": "B", "I": "I"},
    "bioes": {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S", "M": "I"},
    "iob1": {"B": "B", "I": "I"},
}
_TAG = re.compile(r"([BIESLUM])-(\S.*)")
Tag = tuple[str, str]  # where it stands, the tag


def is_tag(text: str) -> bool:
    """Whether it could be a tag of any of the schemes."""
    return text == "O" or _TAG.fullmatch(text) is not None


def scheme_of(tags: set[str]) -> str:
    """BIOES where a prefix is only its, BIO otherwise. IOB1 cannot be told from broken BIO and must be named."""
    return "bioes" if any(tag[:2] in ("E-", "S-", "L-", "U-", "M-") for tag in tags) else "bio"


def spans_of(tags: Sequence[Tag], scheme: str) -> list[tuple[int, int, str]]:
    """Spans as (first token, end token, label), end exclusive.

    In BIO an I- goes on with an entity of its type; in IOB1 it also begins one, and B- parts two that touch; in
    BIOES an entity of several tokens ends with E-, one of a single token is S-.

    Raises:
        GoldError: no tag of the scheme, or one that cannot follow the tag before it.
    """
    spans: list[tuple[int, int, str]] = []
    start, open_label = 0, None
    for at, (where, tag) in enumerate(tags):
        kind, label = _parts(tag, where, scheme)
        begins = kind in "BS" or (scheme == "iob1" and kind == "I" and label != open_label)
        goes_on = kind in "IE" and not begins
        before = tags[at - 1][1] if at else "the start"
        if goes_on and label != open_label:
            hint = "; if the file is IOB1, name that scheme (--scheme iob1)" if scheme == "bio" else ""
            raise GoldError(f"{where}: {tag} after {before}: nothing of its type to go on with{hint}")
        if open_label is not None and not goes_on:
            _refuse_unended(scheme, where, tag, before)
            spans.append((start, at, open_label))
            open_label = None
        if begins:
            start, open_label = at, label
        if kind in "ES":
            spans.append((start, at + 1, label))
            open_label = None
    if open_label is not None:
        _refuse_unended(scheme, tags[-1][0], "the end", tags[-1][1])
        spans.append((start, len(tags), open_label))
    return spans


def _parts(tag: str, where: str, scheme: str) -> tuple[str, str]:
    if tag == "O":
        return "O", ""
    match = _TAG.fullmatch(tag)
    if match is None or match[1] not in SCHEMES[scheme]:
        accepted = ", ".join(["O", *(f"{prefix}-TYPE" for prefix in SCHEMES[scheme])])
        raise GoldError(
            f"{where}: {shown(tag)} is no tag of the scheme {scheme!r}; accepted: {accepted}; are the tags in "
            "another column (--column), or is it another scheme (--scheme)?"
        )
    return SCHEMES[scheme][match[1]], match[2]


def _refuse_unended(scheme: str, where: str, tag: str, before: str) -> None:
    if scheme == "bioes":
        raise GoldError(f"{where}: {tag} after {before}: in BIOES an entity ends with E- or is a single S-")
