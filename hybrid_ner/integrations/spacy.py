"""The spaCy component `hybrid_ner`: entities into `doc.ents` (flat) or `doc.spans` (nested, all)."""

# No `from __future__ import annotations` here: spaCy reads the factory's annotations to validate a config.
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from hybrid_ner import borrowing
from hybrid_ner.definitions.judge import DEFAULT_MARGIN, DEFAULT_POLICY
from hybrid_ner.errors import MissingExtraError, TypesError, UsageError
from hybrid_ner.schema import Document, EntityType, TypeSet, from_dict, to_dict

try:
    from spacy.language import Language
    from spacy.pipeline import Pipe
    from spacy.tokens import Doc
    from spacy.util import minibatch
except ImportError as error:
    raise MissingExtraError("spacy", "spacy", "the spaCy component") from error

from hybrid_ner.integrations.spacy_spans import annotate, register_score

SETTINGS_FILE = "settings.json"
# Names that do not come back as they were when they are a key in a config file.
_UNFIT_KEY = re.compile(r"[=:\n]|^[#;\[]")

TypesConfig = str | list[str | dict[str, Any]] | dict[str, str | None] | None

register_score()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the component does; `create_hybrid_ner` says what each field means."""

    types: TypeSet | None
    overlap: str = "flat"
    threshold: float | None = None
    student: str | None = None
    device: str = "cpu"
    rules: list[str] | None = None
    use_index: bool = True
    borrow: str = borrowing.DEFAULT
    close_calls: str = DEFAULT_POLICY
    margin: float = DEFAULT_MARGIN
    batch_size: int = 32
    spans_key: str = "hybrid_ner"
    overwrite_ents: bool = False

    def to_json(self) -> str:
        """The settings as JSON, types with everything that is known of them."""
        types = None if self.types is None else [to_dict(t) for t in self.types]
        return json.dumps({**{f.name: getattr(self, f.name) for f in fields(self)}, "types": types})

    @classmethod
    def from_json(cls, data: str) -> "Settings":
        """The inverse of `to_json`.

        Raises:
            UsageError: not the settings of this component.
        """
        try:
            values = json.loads(data)
            return cls(**{**values, "types": type_set(values["types"])})
        except (ValueError, TypeError, KeyError) as error:
            raise UsageError(f"these are not the settings of a hybrid_ner component: {error}") from error


def type_set(types: TypesConfig) -> TypeSet | None:
    """The types that a pipeline's config names.

    Raises:
        TypesError: an empty list, a name given twice, or an element of another shape.
    """
    if types is None:
        return None
    if isinstance(types, str):
        from hybrid_ner.typefile import load_types

        return load_types(types)
    if isinstance(types, list):
        return TypeSet.of([_entity_type(item) for item in types])
    unfit = next((name for name in types if _UNFIT_KEY.search(name)), None)
    if unfit is not None:
        raise TypesError(
            f"the type name {unfit!r} cannot be a key in a spaCy config (no '=' or ':' in it, nor '#', ';' "
            f"or '[' in front); give the types as a list: [{{'name': {unfit!r}, 'definition': ...}}]"
        )
    return TypeSet.of(types)


def _entity_type(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    try:
        return from_dict(EntityType, item)
    except TypeError as error:
        accepted = ", ".join(f.name for f in fields(EntityType))
        raise TypesError(
            f"a type must be a name or a mapping with the keys {accepted}, got {item!r}"
        ) from error


def load_extractor(settings: Settings) -> Any:
    """The extractor the settings ask for."""
    from hybrid_ner.extractor import HybridNER

    return HybridNER.load(
        settings.student,
        device=settings.device,
        rules=settings.rules,
        use_index=settings.use_index,
        borrow=settings.borrow,
        close_calls=settings.close_calls,
        margin=settings.margin,
    )


@Language.factory(
    "hybrid_ner",
    assigns=["doc.ents", "doc.spans"],
    default_config={
        "types": None,
        "overlap": "flat",
        "threshold": None,
        "student": None,
        "device": "cpu",
        "rules": None,
        "use_index": True,
        "borrow": borrowing.DEFAULT,
        "close_calls": DEFAULT_POLICY,
        "margin": DEFAULT_MARGIN,
        "batch_size": 32,
        "spans_key": "hybrid_ner",
        "overwrite_ents": False,
    },
)
def create_hybrid_ner(
    nlp: Language,
    name: str,
    types: TypesConfig,
    overlap: Literal["flat", "nested", "all"],
    threshold: float | None,
    student: str | None,
    device: Literal["cpu", "cuda"],
    rules: list[str] | None,
    use_index: bool,
    borrow: Literal["no", "name", "nearest"],
    close_calls: Literal["best", "both", "abstain"],
    margin: float,
    batch_size: int,
    spans_key: str,
    overwrite_ents: bool,
) -> "HybridNERComponent":
    """Makes the component for `nlp.add_pipe("hybrid_ner", config={...})`.

    Args:
        nlp: the pipeline.
        name: the component's name in it.
        types: a list of names, a mapping name -> definition or None, a list of mappings with the keys of
            `EntityType`, or what the command line takes for TYPES.
        overlap: "flat" fills `doc.ents`, "nested" and "all" fill `doc.spans[spans_key]`.
        threshold: score from which entities are kept; None takes the student's.
        student, device, rules, use_index, borrow, close_calls, margin: as `HybridNER.load` takes them; rules=[]
            works without rules.
        batch_size: documents the extractor takes at once.
        spans_key: where the spans go.
        overwrite_ents: whether new entities replace those they overlap in `doc.ents`, or give way to them.

    Raises:
        TypesError: a type list that cannot be used.
    """
    settings = Settings(
        type_set(types),
        overlap,
        threshold,
        student,
        device,
        rules,
        use_index,
        borrow,
        close_calls,
        margin,
        batch_size,
        spans_key,
        overwrite_ents,
    )
    return HybridNERComponent(name, settings)


class HybridNERComponent(Pipe):
    """Finds entities of the types in its settings. The extractor is loaded with the first document.

    Args:
        name: its name in the pipeline.
        settings: what to look for, and how.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self._extractor: Any = None
        self._loaded_in: int | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the types."""
        return () if self.settings.types is None else self.settings.types.names

    def __call__(self, doc: Doc) -> Doc:
        for result in self._results([doc]):
            annotate(doc, result, self.settings)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotates a stream in batches. What fails goes to the pipeline's error handler.

        Args:
            stream: the documents, read `batch_size` at a time.
            batch_size: documents held at once.
        """
        handle_error = self.get_error_handler()
        for docs in minibatch(stream, batch_size):
            try:
                results = self._results(docs)
            except Exception as error:
                handle_error(self.name, self, docs, error)
                continue
            for doc, result in zip(docs, results, strict=True):
                try:
                    annotate(doc, result, self.settings)
                except Exception as error:
                    handle_error(self.name, self, [doc], error)
                else:
                    yield doc

    def _results(self, docs: list[Doc]) -> list[Document]:
        if self.settings.types is None:
            raise TypesError(
                f"the component {self.name!r} has no types; name them when adding it, for example: "
                'nlp.add_pipe("hybrid_ner", config={"types": ["person", "organization"]})'
            )
        # A session opened before a fork has lost its threads in the child: each process opens its own.
        if self._extractor is None or self._loaded_in != os.getpid():
            self._extractor, self._loaded_in = load_extractor(self.settings), os.getpid()
        return list(
            self._extractor.extract_many(
                [doc.text for doc in docs],
                self.settings.types,
                batch_size=self.settings.batch_size,
                threshold=self.settings.threshold,
                overlap=self.settings.overlap,
            )
        )

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The settings; the student is found again by its name."""
        return self.settings.to_json().encode("utf-8")

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "HybridNERComponent":
        """Takes the settings of `to_bytes`; returns itself."""
        self.settings = Settings.from_json(data.decode("utf-8"))
        self._extractor = None
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes the settings into the folder `path`."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SETTINGS_FILE).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "HybridNERComponent":
        """Takes the settings that `to_disk` wrote; returns itself."""
        return self.from_bytes((Path(path) / SETTINGS_FILE).read_bytes())

    def __reduce__(self) -> tuple:
        return HybridNERComponent, (self.name, self.settings), {**vars(self), "_extractor": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
