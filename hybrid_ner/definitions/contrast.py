"""Which of a few close types a mention is of: the second look, at the mention alone in the space of sentences.

The student reads a span in its sentence and scores every type by itself. Where close types come out close, that leaves
out what a name says on its own, so the mention is embedded apart and held against each type's whole text; both
opinions add up in logits, and the close types share what is to be had (a softmax over them).
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from hybrid_ner.calibration import logit
from hybrid_ner.definitions.encoder import TypeEncoder, type_text
from hybrid_ner.errors import MissingExtraError, ModelError
from hybrid_ner.hierarchy import ancestors
from hybrid_ner.schema import Decision, TypeSet

if TYPE_CHECKING:
    import numpy as np


_TYPE_SETS = 16  # kept ready at a time
_WEIGHT = 4.0  # where no student says otherwise


class LookEncoder(Protocol):
    """Mentions and types into one space, in which a mention lies near its types."""

    def mentions(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [N, D] of mentions alone; a mention's vector does not depend on its neighbours."""
        ...

    def types(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [N, D] of type texts."""
        ...


@dataclass(frozen=True, slots=True)
class ContrastConfig:
    """How much the second look counts; fitted with the student, on the dev suite.

    Attributes:
        weight: of a cosine, in units of a score's logit. 0: the logits alone are shared out.
        window: types whose logit lies within this of the best are looked at again.
        close: cosine of two types' vectors from which they are close; others are never contrasted.
        narrower: lead in logits that a type is given over another of which it is declared a kind.
        most_types: with more types than this nothing is looked at again: every span has close rivals then, and a look
            at each would cost what hundreds of types must not cost.
    """

    weight: float = 0.0
    window: float = 1.0
    close: float = 0.0
    narrower: float = 1.0
    most_types: int = 64


class Contrast:
    """The second look for one type set.

    Args:
        vectors: the types' unit vectors [T, D] in the definition index, which say what is close.
        encoder: embeds mentions and type texts.
    """

    def __init__(self, types: TypeSet, vectors: np.ndarray, encoder: LookEncoder, config: ContrastConfig) -> None:
        self.types, self.config = types, config
        self._encoder = encoder
        self._place = {t.name: i for i, t in enumerate(types)}
        self._close = vectors @ vectors.T >= config.close
        self._above = {name: frozenset(above) for name, above in ancestors(types).items()}
        self._texts: np.ndarray | None = None

    def shares(self, text: str, contested: Sequence[Sequence[Decision]]) -> list[dict[str, float]]:
        """What each type has of a span's claims, for several spans of one document.

        Args:
            contested: the claims on each span, best first.

        Returns:
            For each span the shares of the types that were contrasted, which add up to 1; none where no close type
            comes near the best.
        """
        again = [self._rivals(ranked) for ranked in contested]
        mentions = list(dict.fromkeys(text[d.start : d.end] for rivals in again for d in rivals.values()))
        cosines = dict(zip(mentions, self._cosines(mentions), strict=True)) if mentions else {}
        return [self._shared(text, rivals, cosines) for rivals in again]

    def _rivals(self, ranked: Sequence[Decision]) -> dict[str, Decision]:
        """The best claim and those of close types that come near it; nothing where it stands alone."""
        if len(ranked) < 2:
            return {}
        best = ranked[0]
        floor = logit(best.score) - self.config.window
        near: dict[str, Decision] = {}
        for claim in ranked:
            if logit(claim.score) >= floor and self._are_close(best.type, claim.type):
                near.setdefault(claim.type, claim)
        return near if len(near) > 1 else {}

    def _are_close(self, a: str, b: str) -> bool:
        return self._is_a(a, b) or self._is_a(b, a) or bool(self._close[self._place[a], self._place[b]])

    def _cosines(self, mentions: list[str]) -> list[np.ndarray]:
        """Each mention's cosines with all types [T], to three decimals: a product's last bits differ with its size."""
        if not self.config.weight:
            return [self._close[0] * 0.0 for _ in mentions]
        if self._texts is None:
            # A type's place is halfway between its name's and its definition's: the mean of both views does best.
            views = [[t.name for t in self.types], [type_text(t) for t in self.types]]
            self._texts = sum(self._encoder.types(texts) for texts in views) / len(views)
        return list((self._encoder.mentions(mentions) @ self._texts.T).round(3))

    def _shared(self, text: str, rivals: Mapping[str, Decision], cosines: Mapping[str, np.ndarray]) -> dict[str, float]:
        """A softmax over the rivals' evidence: logit, cosine, and the lead of the narrower."""
        evidence = {
            name: logit(claim.score)
            + self.config.weight * float(cosines[text[claim.start : claim.end]][self._place[name]])
            + self.config.narrower * any(self._is_a(name, other) for other in rivals)
            for name, claim in rivals.items()
        }
        top = max(evidence.values(), default=0.0)
        weights = {name: math.exp(value - top) for name, value in evidence.items()}
        return {name: weight / sum(weights.values()) for name, weight in weights.items()}

    def _is_a(self, narrow: str, wide: str) -> bool:
        return wide in self._above.get(narrow, ())


class Contrasts:
    """The second look of a student, made once a type set.

    Args:
        index: type texts -> unit vectors, which say what is close.
        encoder: embeds mentions and type texts; see `SentenceLook` for other models.
    """

    def __init__(self, index: TypeEncoder, encoder: LookEncoder, config: ContrastConfig) -> None:
        self.index, self.encoder, self.config = index, encoder, config
        self._made: OrderedDict[TypeSet, Contrast] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def around(cls, student: Any, model: str | None = None) -> Contrasts | None:
        """The second look for a student: by its own towers, or by a sentence-transformers model.

        Returns: None where neither is there, as with students that only generate text.

        Raises:
            MissingExtraError, ModelError: as `SentenceLook`.
        """
        encoder = getattr(student, "look_encoder", None) if model is None else SentenceLook(model)
        index = getattr(student, "type_encoder", None) or encoder
        config = getattr(getattr(student, "config", None), "contrast", ContrastConfig(weight=_WEIGHT))
        return cls(index, encoder, config) if encoder and index else None

    def of(self, types: TypeSet) -> Contrast | None:
        """The second look at `types`; None where there is nothing to contrast."""
        config = self.config
        if config.weight and len(types) > config.most_types:
            config = replace(config, weight=0.0)
        if len(types) < 2 or not (config.weight or ancestors(types)):
            return None
        with self._lock:
            if types not in self._made:
                vectors = self.index.encode([type_text(t) for t in types])
                self._made[types] = Contrast(types, vectors, self.encoder, config)
                if len(self._made) > _TYPE_SETS:
                    self._made.popitem(last=False)
            self._made.move_to_end(types)
            return self._made[types]


class SentenceLook:
    """A sentence-transformers model for the second look: mentions and types are texts alike to it.

    Args:
        model: a name or folder, or a loaded model: anything whose `encode` takes a list of texts.

    Raises:
        MissingExtraError: a name is given and sentence-transformers is not installed.
        ModelError: there is no model of that name.
    """

    def __init__(self, model: Any) -> None:
        self._model = _sentence_model(model) if isinstance(model, str) else model

    def mentions(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        vectors = np.asarray(self._model.encode(list(texts)), dtype=np.float32)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    types = encode = mentions


def _sentence_model(name: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", "index", f"the index encoder {name!r}") from error
    try:
        return SentenceTransformer(name)
    except (OSError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise ModelError(f"cannot load the index encoder {name!r}: {said}; accepted: a folder or name") from error
