"""A text with marked spans as HTML, the spans nested where they overlap."""

from __future__ import annotations

import html
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

# Control characters are not allowed in HTML; each is shown by its picture (U+2400 and on).
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}
_SHORT = 24  # characters of a mention that is not parted from its label at the end of a line
# Of many seeds one that sets the hues of frequent types (person, organization, location, date ...) apart.
_HUE_SEED = 10179


@dataclass(frozen=True)
class Mark:
    """A span to show: `label` beside it, `score` beside that where asked for, `title` as its tooltip.

    A faint mark is a candidate that was dropped; it gives way where it crosses one that was kept. With `panel`, the
    id of a popover, the label is a button that opens it.
    """

    start: int
    end: int
    label: str
    title: str
    score: str = ""
    faint: bool = False
    panel: str = ""


def escaped(value: object) -> str:
    """Any value as HTML text or the value of a quoted attribute."""
    return html.escape(str(value).translate(_CONTROLS), quote=True)


def hue(type_name: str) -> int:
    """The colour of a type, in degrees: the same in every file, whatever other types there are."""
    return zlib.crc32(type_name.casefold().encode("utf-8", "backslashreplace"), _HUE_SEED) % 360


def marked(text: str, marks: Iterable[Mark]) -> str:
    """`text` as HTML with `marks` around their spans.

    HTML elements nest, spans may cross: a span that crosses another is written as two elements, of which the
    first has no label.
    """
    opening: dict[int, list[Mark]] = {}
    bounds = {0, len(text)}
    for mark in sorted(marks, key=lambda m: (m.start, -m.end, m.faint)):
        if mark.start < mark.end:
            opening.setdefault(mark.start, []).append(mark)
            bounds |= {mark.start, mark.end}
    nest = _Nest()
    offsets = sorted(bounds)
    for at, until in zip(offsets, [*offsets[1:], len(text)], strict=True):
        nest.close_at(at)
        for mark in opening.get(at, ()):
            nest.open(mark)
        nest.out.append(escaped(text[at:until]))
    return "".join(nest.out)


class _Nest:
    """Elements that are open, outermost first, and the HTML so far."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._open: list[tuple[Mark, int]] = []  # the mark, and where in `out` its opening tag is

    def open(self, mark: Mark) -> None:
        inner = []
        if not mark.faint:  # what was kept is written in one piece if only dropped ones are in the way
            while self._open and self._open[-1][0].faint and self._open[-1][0].end < mark.end:
                inner.append(self._suspend())
        self._start(mark)
        for suspended in reversed(inner):
            self._start(suspended, resumed=True)

    def close_at(self, at: int) -> None:
        while any(mark.end == at for mark, _ in self._open):
            inner = []
            while self._open[-1][0].end != at:
                inner.append(self._suspend())
            mark, _ = self._open.pop()
            self.out.append(_end_tag(mark))
            for suspended in reversed(inner):
                self._start(suspended, resumed=True)

    def _start(self, mark: Mark, *, resumed: bool = False) -> None:
        self._open.append((mark, len(self.out)))
        self.out.append(_start_tag(mark, " resumed" if resumed else ""))

    def _suspend(self) -> Mark:
        mark, index = self._open.pop()
        self.out[index] = self.out[index].replace('class="', 'class="suspended ', 1)
        self.out.append("</mark>")
        return mark


def _start_tag(mark: Mark, more: str) -> str:
    title = escaped(mark.title)
    if mark.panel and mark.end - mark.start <= _SHORT:
        more += " short"
    if mark.faint:
        return f'<mark class="dropped{more}" title="{title}">'
    return f'<mark class="kept{more}" style="--hue:{hue(mark.label)}" title="{title}">'


def _end_tag(mark: Mark) -> str:
    score = f" <i>{escaped(mark.score)}</i>" if mark.score else ""
    label = f"<small>{escaped(mark.label)}{score}</small>"
    if mark.panel:
        label = f'<button popovertarget="{mark.panel}">{label}</button>'
    return f"{label}</mark>"
