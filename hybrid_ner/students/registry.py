"""What `--student` means: one function from a name to a student, and the list of what there is."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid_ner.resources import data_folder
from hybrid_ner.students.folder import DEFAULT

if TYPE_CHECKING:
    from hybrid_ner.definitions.encoder import TypeEncoder
    from hybrid_ner.generative.checkpoint import AskingConfig
    from hybrid_ner.students import Student

EMBEDDED, GENERATIVE, ENDPOINT, GLINER = "embedded", "generative", "endpoint", "gliner"
_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")

# The extra a kind of student needs, and packages that show it is installed.
EXTRAS = {
    EMBEDDED: ("", ()),
    GENERATIVE: ("llm", ("torch", "transformers")),
    ENDPOINT: ("llm", ("httpx", "tenacity")),
    GLINER: ("gliner", ("gliner",)),
}

# UniversalNER's checkpoints: how each was trained, and the template it was taught. Their model cards name the licence.
UNINER_LICENCE = "CC BY-NC 4.0, and LLaMA's own terms"
UNINER = {
    "type": "uniner-type",
    "definition": "uniner-definition",
    "type-sup": "uniner-type",
    "all": "uniner-type",
}
# The hub has the four of 7B. The 13B of the paper were not published, so there is no name to fetch them by.
_UNINER_NAME = re.compile(rf"UniNER-(?:7|13)B-({'|'.join(sorted(UNINER, key=len, reverse=True))})")


@dataclass(frozen=True, slots=True)
class Listed:
    """A student, or a kind of student, as `hybrid-ner students` lists it.

    Attributes:
        name: what to give as `--student`. about: one line. extra: what has to be installed, "" for nothing.
        installed: whether it is. licence: of the weights.
    """

    name: str
    kind: str
    about: str
    extra: str
    installed: bool
    licence: str


def kind_of(student: str | Path | None) -> str:
    """Which kind of student a name, folder or address means."""
    name = str(student or DEFAULT)
    for kind in (ENDPOINT, GLINER):
        if name.startswith(f"{kind}:"):
            return kind
    folder = Path(name)
    if _is_embedded(name) or (folder / "text.onnx").is_file():
        return EMBEDDED
    if _is_language_model(folder) or (_HUB_NAME.fullmatch(name) and not folder.exists()):
        return GENERATIVE
    return EMBEDDED  # whose loader says what is missing


def load_student(student: str | Path | None = None, *, device: str = "cpu", **options: Any) -> Student:
    """The student that a user names.

    Args:
        student: an embedded student's name; a folder (exported, or of a causal language model); a hub name;
            "endpoint:URL#MODEL"; "gliner:NAME"; None for the default one.
        device: "cpu" or "cuda", where the student's library has it.
        options: of the student's own loader.

    Raises:
        ModelError: there is no such student, or no such device.
        MissingExtraError: what it needs is not installed.
        UsageError: an address or option that cannot be used.
    """
    return _LOADERS[kind_of(student)](student, device, options)


def type_encoder(student: str | Path | None = None) -> TypeEncoder:
    """Vectors of types as a student sees them; the default student's for one that has none."""
    from hybrid_ner.students.onnx import OnnxStudent

    return OnnxStudent.load(student if kind_of(student) == EMBEDDED else None).type_encoder


def listed_students() -> list[Listed]:
    """Every student with a name, and the kinds that take one."""
    return [_listed(*row) for row in _rows()]


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for config in sorted(data_folder("models").glob("*/config.json")):
        default = ", the default" if config.parent.name == DEFAULT else ""
        yield config.parent.name, EMBEDDED, f"in the package{default}", "see its MODEL_CARD.md"
    yield "FOLDER", EMBEDDED, "made by `hybrid-ner export`", "as its data allows"
    yield "FOLDER", GENERATIVE, "made by `hybrid-ner tune`, or any causal language model", "as its base model's"
    for variant, template in UNINER.items():
        name = f"Universal-NER/UniNER-7B-{variant}"
        where = "in the cache" if _is_cached(name) else "to be fetched from the hub"
        yield name, GENERATIVE, f"UniversalNER, asked with {template}; {where}", UNINER_LICENCE
    for variant, template in UNINER.items():
        about = f"UniversalNER, asked with {template}; not published: your weights, in transformers' format"
        yield f"FOLDER/UniNER-13B-{variant}", GENERATIVE, about, UNINER_LICENCE
    yield "endpoint:URL#MODEL", ENDPOINT, "an OpenAI-compatible server; documents are sent there", "the server's"
    yield "gliner:NAME", GLINER, "a GLiNER checkpoint, by folder or hub name", "as its model card says"


def _listed(name: str, kind: str, about: str, licence: str) -> Listed:
    extra, packages = EXTRAS[kind]
    return Listed(name, kind, about, extra, all(map(_is_installed, packages)), licence)


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _is_cached(name: str) -> bool:
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return False
    return isinstance(try_to_load_from_cache(name, "config.json"), str)


def _is_embedded(name: str) -> bool:
    return Path(name).name == name and (data_folder("models") / name).is_dir()


def _is_language_model(folder: Path) -> bool:
    try:
        architectures = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures")
    except (OSError, ValueError, AttributeError):
        return False
    return any(str(name).endswith(("ForCausalLM", "LMHeadModel")) for name in architectures or ())


def _load_embedded(student: str | Path | None, device: str, options: dict[str, Any]) -> Student:
    from hybrid_ner.students.onnx import OnnxStudent

    return OnnxStudent.load(student, device=device, **options)


def _load_generative(student: str | Path, device: str, options: dict[str, Any]) -> Student:
    from hybrid_ner.students.generative import GenerativeStudent

    return GenerativeStudent.load(student, device=device, asking=_uniner_asking(str(student)), **options)


def _uniner_asking(name: str) -> AskingConfig | None:
    """How a checkpoint of UniversalNER is asked, in a folder of its name too; None for others."""
    from hybrid_ner.generative.checkpoint import AskingConfig

    known = _UNINER_NAME.fullmatch(Path(name).name)
    return AskingConfig(template=UNINER[known[1]]) if known else None


def _load_endpoint(student: str | Path, device: str, options: dict[str, Any]) -> Student:
    from hybrid_ner.students.endpoint import EndpointStudent

    return EndpointStudent.load(str(student), device=device, **options)


def _load_gliner(student: str | Path, device: str, options: dict[str, Any]) -> Student:
    from hybrid_ner.students.gliner import GLiNERStudent

    return GLiNERStudent.load(str(student).partition(":")[2], device=device, **options)


_LOADERS: dict[str, Callable[[Any, str, dict[str, Any]], Any]] = {
    EMBEDDED: _load_embedded,
    GENERATIVE: _load_generative,
    ENDPOINT: _load_endpoint,
    GLINER: _load_gliner,
}
