"""The extractor that is measured, and the facts about it that a results file records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.results import weights_sha256
from evaluation.suite import VIEWS
from hybrid_ner.errors import ModelError
from hybrid_ner.resources import data_folder

if TYPE_CHECKING:
    from hybrid_ner.extractor import HybridNER

PRECISIONS = ("int8", "fp32")


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured: a student and the stages around it.

    Attributes:
        student: name or folder; None for the embedded one.
        rules: pack names or paths; None for the default pack, () for no rules.
    """

    student: str | None = None
    precision: str = "int8"
    view: str = "both"
    rules: Sequence[str] | None = None
    use_index: bool = True

    def load(self) -> HybridNER:
        """The extractor, ready to run on the CPU."""
        from hybrid_ner import HybridNER

        return HybridNER.load(
            self.student,
            rules=self.rules,
            use_index=self.use_index,
            views=VIEWS[self.view],
            precision=self.precision,
        )

    def facts(self) -> dict[str, Any]:
        """The student's name, precision and weights, and the stages, as a results file records them."""
        folder = student_folder(self.student)
        rules = "default" if self.rules is None else list(self.rules)
        return {
            "student": {"name": folder.name, "precision": self.precision, "sha256": weights_sha256(folder)},
            "stages": {"rules": rules, "index": self.use_index},
        }


def student_folder(student: str | None) -> Path:
    """The folder of a student named or pathed; of the embedded one for None.

    Raises:
        ModelError: no such student, or several embedded ones to choose from.
    """
    models = data_folder("models")
    present = sorted(p.parent for p in models.glob("*/config.json"))
    if student is None:
        if len(present) != 1:
            raise ModelError(f"{models} has the students {[p.name for p in present]}; name one of them")
        return present[0]
    folder = Path(student) if Path(student).is_dir() else models / student
    if not folder.is_dir():
        raise ModelError(f"no student {student!r}; accepted: a folder, or one of {[p.name for p in present]}")
    return folder
