"""A pack's YAML with its line numbers: typed access to fields, and errors that name file, line and rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import regex
import yaml

from hybrid_ner.errors import RulePackError

# The C loader is ten times faster, but deep nesting overflows its stack: depth is checked first.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 12
_TAG = "tag:yaml.org,2002:"
_REQUIRED = object()


def pack_error(
    path: Path, message: str, *, line: int | None = None, rule: str | None = None
) -> RulePackError:
    """An error that says where in which pack it is."""
    where = [str(path)]
    if line is not None:
        where.append(f"line {line}")
    if rule is not None:
        where.append(f"rule {rule!r}")
    return RulePackError(f"{', '.join(where)}: {message}")


def line_of(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def compose(path: Path) -> yaml.Node:
    """Reads a YAML file into nodes; no Python object is ever built from it.

    Raises:
        RulePackError: the file cannot be read, is not UTF-8, or is not one well-formed YAML document.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise pack_error(path, f"not UTF-8 text (byte {error.start}); save the pack as UTF-8") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise pack_error(path, f"the rule pack cannot be read: {reason}") from error
    try:
        _check_depth(path, text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise pack_error(path, f"not valid YAML: {error.problem or error.context}", line=line) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise pack_error(path, f"not valid YAML: {str(error).splitlines()[0]}") from error
    if node is None:
        raise pack_error(path, "the rule pack is empty; it needs a mapping with a list of `rules`", line=1)
    return node


def _check_depth(path: Path, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            line = event.start_mark.line + 1
            raise pack_error(path, f"nested more than {_MAX_DEPTH} levels deep; a pack needs four", line=line)


def suggestion(value: str, accepted: Iterable[str]) -> str:
    """The tail of a message about an unknown name: what is accepted, and what was probably meant."""
    accepted = sorted(accepted)
    near = difflib.get_close_matches(value, accepted, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"accepted: {', '.join(accepted)}{meant}"


def what(node: yaml.Node) -> str:
    """A node's value in words, for messages."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    value = node.value if len(node.value) <= 60 else node.value[:57] + "..."
    return f"{value!r} ({node.tag.removeprefix(_TAG)})"


class Fields:
    """A mapping of a pack (the pack itself, or one rule), read field by field with its types checked.

    Attributes:
        path: the pack's file.
        rule: the rule's id once it is known; it then appears in every error.
    """

    def __init__(self, path: Path, node: yaml.Node, *, named: str) -> None:
        self.path, self.rule, self._line = path, None, line_of(node)
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"{named} must be a mapping of fields, got {what(node)}")
        self._nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise pack_error(path, f"a field's name must be a word, got {what(key)}", line=line_of(key))
            if key.value in self._nodes:
                raise pack_error(path, f"field {key.value!r} is given twice in {named}", line=line_of(key))
            self._nodes[key.value] = value

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    @property
    def line(self) -> int:
        return self._line

    def error(self, message: str, field: str | None = None) -> RulePackError:
        """An error at `field` (or at the mapping's start)."""
        line = line_of(self._nodes[field]) if field is not None and field in self._nodes else self._line
        return pack_error(self.path, message, line=line, rule=self.rule)

    def plain(self) -> dict[str, Any]:
        """Every field as strings, and lists and mappings of strings."""
        return {name: _plain(node) for name, node in self._nodes.items()}

    def only(self, accepted: Iterable[str]) -> None:
        """Raises a RulePackError when a field outside `accepted` is there."""
        accepted = tuple(accepted)
        for name in self._nodes:
            if name not in accepted:
                raise self.error(f"unknown field {name!r}; {suggestion(name, accepted)}", name)

    def nodes(self, name: str) -> list[yaml.Node]:
        """The items of a required list."""
        node = self._get(name, _REQUIRED)
        if not isinstance(node, yaml.SequenceNode):
            raise self._wrong(name, "a list", node)
        return node.value

    def text(self, name: str, default: Any = _REQUIRED) -> str | None:
        """A non-empty string."""
        node = self._get(name, default)
        if not isinstance(node, yaml.Node):
            return node
        if not _is(node, "str") or not node.value.strip():
            raise self._wrong(name, "a non-empty string (put it in quotes)", node)
        return node.value

    def flag(self, name: str, default: bool = False) -> bool:
        node = self._get(name, None)
        if node is None:
            return default
        if not _is(node, "bool"):
            raise self._wrong(name, "true or false", node)
        return node.value.lower() in ("true", "yes", "on")

    def number(
        self, name: str, default: float | None, *, low: float, high: float, whole: bool = False
    ) -> float | None:
        """A number from `low` to `high`, an int when `whole`."""
        node = self._get(name, default)
        if not isinstance(node, yaml.Node):
            return node
        kind = "a whole number" if whole else "a number"
        expected = f"{kind} from {low:g} to {high:g}"
        if not (_is(node, "int") or (_is(node, "float") and not whole)):
            raise self._wrong(name, expected, node)
        try:
            value = int(node.value) if whole else float(node.value)
        except ValueError:
            raise self._wrong(name, expected, node) from None
        if not low <= value <= high:
            raise self._wrong(name, expected, node)
        return value

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of words, or one word. Taken as written: `no` and `1984` stay words."""
        node = self._get(name, default)
        if not isinstance(node, yaml.Node):
            return node
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not items:
            raise self._wrong(name, "a word or a non-empty list of words", node)
        for item in items:
            if not any(_is(item, kind) for kind in ("str", "int", "float", "bool", "timestamp")):
                raise self._wrong(name, "a word or a list of words", item)
            if not item.value.strip():
                raise self._wrong(name, "words that are not empty", item)
        return tuple(dict.fromkeys(item.value.strip() for item in items))

    def table(self, name: str, *, low: float, high: float) -> dict[str, float]:
        """A mapping of words, taken as written, to numbers from `low` to `high`."""
        node = self._get(name, _REQUIRED)
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise self._wrong(name, "a mapping from words to numbers", node)
        table: dict[str, float] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.value.strip():
                raise self._wrong(name, "a mapping whose keys are words", key)
            try:
                number = float(value.value) if _is(value, "int") or _is(value, "float") else None
            except ValueError:
                number = None
            if number is None or not low <= number <= high:
                raise self._wrong(f"{name} of {key.value!r}", f"a number from {low:g} to {high:g}", value)
            if key.value.strip() in table:
                raise self.error(f"{name} gives {key.value!r} twice", name)
            table[key.value.strip()] = number
        return table

    def texts(self, name: str) -> dict[str, str]:
        """A mapping of words, taken as written, to non-empty strings."""
        node = self._get(name, _REQUIRED)
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise self._wrong(name, "a mapping from words to strings", node)
        found: dict[str, str] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.value.strip():
                raise self._wrong(name, "a mapping whose keys are words", key)
            if not _is(value, "str") or not value.value.strip():
                raise self._wrong(f"{name} of {key.value!r}", "a non-empty string (put it in quotes)", value)
            if key.value.strip() in found:
                raise self.error(f"{name} gives {key.value!r} twice", name)
            found[key.value.strip()] = value.value
        return found

    def pattern(self, name: str, default: Any = _REQUIRED) -> regex.Pattern | None:
        """A regular expression of the `regex` module."""
        source = self.text(name, default)
        if source is None:
            return None
        try:
            return regex.compile(source)
        except Exception as error:
            # Not only regex.error: malformed input also ends in RecursionError, OverflowError and others.
            reason = "nested too deeply" if isinstance(error, RecursionError) else error
            raise self.error(f"{name} is not a valid regular expression: {reason}", name) from error

    def _get(self, name: str, default: Any) -> Any:
        if name in self._nodes:
            return self._nodes[name]
        if default is _REQUIRED:
            raise self.error(f"field {name!r} is missing")
        return default

    def _wrong(self, name: str, expected: str, node: yaml.Node) -> RulePackError:
        message = f"{name} must be {expected}, got {what(node)}"
        return pack_error(self.path, message, line=line_of(node), rule=self.rule)


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {_plain(key): _plain(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    return [_plain(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value


def _is(node: yaml.Node, kind: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _TAG + kind
