"""The TYPES argument: names, types of the library, or a YAML or JSON file of names, definitions and the like."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from hybrid_ner import library
from hybrid_ner.errors import TypesError
from hybrid_ner.hierarchy import ancestors
from hybrid_ner.schema import EntityType, TypeSet

SUFFIXES = (".yaml", ".yml", ".json")
KEYS = ("name", "definition", "aliases", "threshold", "is_a")
MAX_BYTES = 4 * 2**20  # some ten thousand types with definitions; parsing YAML beyond that takes minutes
ACCEPTED = (
    "accepted: a list of names, a mapping from name to definition (or null), "
    "or a list of mappings with the keys name, definition, aliases, threshold, is_a"
)
_NULLS = {"", "~", "null", "Null", "NULL"}


def load_types(spec: str) -> TypeSet:
    """The types that a TYPES argument names.

    Args:
        spec: one of these, the first that fits:

            - the path of a .yaml, .yml or .json file: it ends like one of these, it contains a path separator and
              neither a comma nor the prefix `library:`, or it has a suffix and such a file is there;
            - the name of a domain of the type library, alone (`medical`): all its types, unless a type has that
              name too (`food`): that is what is meant then, and `library:food` is the domain;
            - names with commas between (`person,organization`), among which `library:medical` stands for a domain and
              `library:geography/city` for one type of it.

    Raises:
        TypesError: an empty list, a name given twice, no such domain or type in the library, `is_a` that names
            nothing or goes in a circle, a file that is missing, undecodable, broken or of another shape; for a file
            the message names it and the line.
    """
    if _is_path(spec):
        types = _Reader(spec).types()
        try:
            ancestors(types)
        except TypesError as error:
            raise TypesError(f"{spec}: {error}") from error
        return types
    if spec.strip() in library.domains() and not library.offers([spec.strip()]):
        return library.types(spec.strip())
    types = _listed(spec)
    ancestors(types)
    return types


def _listed(spec: str) -> TypeSet:
    chosen: list[EntityType] = []
    from_library: set[str] = set()
    for item in (item.strip() for item in spec.split(",") if item.strip()):
        if not item.startswith(library.PREFIX):
            chosen.append(EntityType(item))
            continue
        fresh = [t for t in library.selected(item) if t.name not in from_library]
        chosen += fresh
        from_library |= {t.name for t in fresh}
    return TypeSet(tuple(chosen))


def _is_path(spec: str) -> bool:
    if spec.lower().endswith(SUFFIXES):
        return True
    has_separator = any(separator in spec for separator in (os.sep, os.altsep) if separator)
    if has_separator and "," not in spec and not spec.lstrip().startswith(library.PREFIX):
        return True
    return bool(os.path.splitext(spec)[1]) and os.path.isfile(spec)


@dataclass(frozen=True)
class _Reader:
    """Reads one types file. Works on YAML nodes, not on values: nodes know their line, and names stay as
    written (`no`, `on`, `2024-01-01` are not turned into a boolean or a date)."""

    path: str

    def types(self) -> TypeSet:
        root = self._root(self._source())
        if isinstance(root, yaml.SequenceNode):
            made = [(self._item(node), node) for node in root.value]
        elif isinstance(root, yaml.MappingNode):
            made = [(self._pair(key, value), key) for key, value in root.value]
        elif root is None or _is_null(root):
            made = []
        else:
            raise self._error(
                root, f"a types file must hold a list or a mapping, got {_shown(root)}; {ACCEPTED}"
            )
        if not made:
            raise TypesError(f"{self.path}: the type list is empty; {ACCEPTED}")
        self._refuse_duplicates(made)
        return TypeSet(tuple(entity_type for entity_type, _ in made))

    def _source(self) -> str:
        if not self.path.lower().endswith(SUFFIXES) and os.path.isfile(self.path):
            raise TypesError(f"{self.path}: a types file must end in {', '.join(SUFFIXES)}")
        try:
            with open(self.path, "rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: a null byte in the path
            why = getattr(error, "strerror", None) or error
            raise TypesError(
                f"cannot read the types file {self.path!r}: {why}; name a .yaml, .yml or .json file "
                "that exists, or the types themselves, for example: person,organization"
            ) from error
        if len(data) > MAX_BYTES:
            raise TypesError(f"{self.path}: a types file may have at most {MAX_BYTES:,} bytes")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise TypesError(
                f"{self.path}, line {line}: byte 0x{data[error.start]:02x} at offset {error.start} is not "
                "UTF-8; save the file in that encoding"
            ) from error

    def _root(self, source: str) -> yaml.Node | None:
        try:
            if self.path.lower().endswith(".json"):
                if not source.strip():
                    return None
                json.loads(source)
                # Valid JSON has literal tabs only between values, where YAML would not take them.
                source = source.replace("\t", " ")
            return yaml.compose(source, Loader=yaml.BaseLoader)
        except json.JSONDecodeError as error:
            raise TypesError(
                f"{self.path}, line {error.lineno}: not valid JSON: {error.msg}; {ACCEPTED}"
            ) from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise TypesError(
                f"{self.path}, line {line}: not valid YAML: {error.problem}; {ACCEPTED}"
            ) from error
        except yaml.reader.ReaderError as error:
            line = source.count("\n", 0, error.position) + 1
            character = f"U+{ord(source[error.position]):04X}"
            raise TypesError(f"{self.path}, line {line}: {character} is not allowed in YAML") from error
        except (RecursionError, ValueError) as error:  # ValueError: JSON with a number of thousands of digits
            raise TypesError(f"{self.path}: nested too deeply or a number too long; {ACCEPTED}") from error

    def _item(self, node: yaml.Node) -> EntityType:
        """One element of a list: a name, or a mapping with `KEYS`."""
        if isinstance(node, yaml.ScalarNode):
            return self._made(node, self._text(node, "a type's name"))
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, f"a type must be a name or a mapping, got {_shown(node)}; {ACCEPTED}")
        fields: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else _shown(key_node)
            if key not in KEYS:
                raise self._error(key_node, f"unknown key {key!r}; the keys are {', '.join(KEYS)}")
            if key in fields:
                raise self._error(key_node, f"the key {key!r} is given twice")
            fields[key] = value
        if "name" not in fields:
            raise self._error(node, f"a type without the key 'name'; {ACCEPTED}")
        name = self._text(fields["name"], "a type's name")
        return self._made(
            fields["name"],
            name,
            self._optional(fields.get("definition"), lambda n: self._text(n, f"the definition of {name!r}")),
            self._optional(fields.get("aliases"), lambda n: self._aliases(n, name)) or (),
            self._optional(fields.get("threshold"), lambda n: self._threshold(n, name)),
            self._optional(fields.get("is_a"), lambda n: self._text(n, f"is_a of {name!r}")),
        )

    def _pair(self, key: yaml.Node, value: yaml.Node) -> EntityType:
        """One entry of a mapping name -> definition."""
        name = self._text(key, "a type's name")
        definition = self._optional(value, lambda n: self._text(n, f"the definition of {name!r}"))
        return self._made(key, name, definition)

    def _optional(self, node: yaml.Node | None, read: Callable):
        return None if node is None or _is_null(node) else read(node)

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, f"{what} must be text, got {_shown(node)}; {ACCEPTED}")
        try:
            # JSON writes characters beyond U+FFFF as two escapes; YAML leaves them apart.
            return node.value.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError as error:
            raise self._error(node, f"{what} holds half of a surrogate pair: {node.value!r}") from error

    def _aliases(self, node: yaml.Node, name: str) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, f"the aliases of {name!r} must be a list of names, got {_shown(node)}")
        return tuple(self._text(item, f"an alias of {name!r}") for item in node.value)

    def _threshold(self, node: yaml.Node, name: str) -> float:
        text = self._text(node, f"the threshold of {name!r}")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1:  # nan is not either
            message = f"the threshold of {name!r} must be a number from 0 to 1, got {_shown(node)}"
            raise self._error(node, message)
        return value

    def _made(self, node: yaml.Node, *fields) -> EntityType:
        try:
            return EntityType(*fields)
        except TypesError as error:
            raise self._error(node, str(error)) from error

    def _refuse_duplicates(self, made: list[tuple[EntityType, yaml.Node]]) -> None:
        first: dict[str, tuple[str, int]] = {}
        for entity_type, node in made:
            line = node.start_mark.line + 1
            key = entity_type.name.casefold()
            if key in first:
                name, before = first[key]
                raise self._error(
                    node,
                    f"type {entity_type.name!r} is named twice (first as {name!r} on line {before}); "
                    "names must differ beyond case",
                )
            first[key] = (entity_type.name, line)

    def _error(self, node: yaml.Node, message: str) -> TypesError:
        return TypesError(f"{self.path}, line {node.start_mark.line + 1}: {message}")


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _NULLS


def _shown(node: yaml.Node) -> str:
    """The offending value, short: a list or mapping may be shared by anchors and huge when written out."""
    if isinstance(node, yaml.SequenceNode):
        return f"a list of {len(node.value)}"
    if isinstance(node, yaml.MappingNode):
        return f"a mapping with {len(node.value)} keys"
    return repr(node.value if len(node.value) <= 60 else node.value[:57] + "...")
