"""The extractor that is measured, and the facts about it that a results file records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluation.results import weights_sha256
from evaluation.suite import VIEWS
from hybrid_ner.students.views import COMBINE

if TYPE_CHECKING:
    from hybrid_ner.extractor import HybridNER


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured: a student and the stages around it.

    Attributes:
        student: name or folder; None for the embedded one.
        view: how types are asked, a key of `VIEWS`.
        rules: pack names or paths; None for the default pack, () for no rules.
        borrow: as `HybridNER.load` takes it. With more than "no", types asked by name are asked by borrowed
            definitions too.
        combine: how the views of a type become one score, one of `COMBINE` of the student.
    """

    student: str | None = None
    view: str = "both"
    rules: Sequence[str] | None = None
    use_index: bool = True
    borrow: str = "no"
    combine: str = COMBINE[0]

    def load(self) -> HybridNER:
        """The extractor, ready to run on the CPU."""
        from hybrid_ner import HybridNER

        view = self.view if self.borrow == "no" else "both"
        options: dict[str, Any] = {"views": VIEWS[view]}
        if self.combine != COMBINE[0]:  # an option of embedded students only
            options["combine"] = self.combine
        return HybridNER.load(
            self.student, rules=self.rules, use_index=self.use_index, borrow=self.borrow, **options
        )

    def facts(self, ner: HybridNER) -> dict[str, Any]:
        """The student's name, precision and weights, and the stages, as a results file records them."""
        student = ner.student
        return {
            "student": {
                "name": student.name,
                "precision": precision_of(student),
                "sha256": {} if student.folder is None else weights_sha256(student.folder),
            },
            "stages": {
                "rules": "default" if self.rules is None else list(self.rules),
                "index": self.use_index,
                "borrow": self.borrow,
                "combine": self.combine,
            },
        }


def precision_of(student: Any) -> str:
    """The precision a student computes in; an embedded one has it in its settings."""
    return student.config.precision if hasattr(student, "config") else student.precision
