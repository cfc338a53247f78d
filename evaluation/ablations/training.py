"""Ablations of training: a student a setting, trained, exported and calibrated alike, in folders that are kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.ablations.conditioning import CONDITIONED, PLAIN, conditioned, conditioned_folder
from evaluation.corpora import Corpus
from evaluation.student import Setup
from evaluation.suite import Asked
from evaluation.suites import SUITES, Suite
from evaluation.variants import Variant
from hybrid_ner.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from hybrid_ner.training.config import TrainConfig

CALIBRATION = 100  # sentences a corpus
NEGATIVES = ("none", "uniform", "frequency", "nearest")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How every student of an ablation is made.

    Attributes:
        config: the settings all share. folder: where runs and students are kept, and found when run again.
        limit: training sentences a corpus. calibration: sentences a corpus for the gate and threshold.
        choice: the suite on whose dev splits they are chosen.
    """

    config: TrainConfig
    data: Path
    folder: Path
    limit: int | None = None
    calibration: int = CALIBRATION
    choice: Suite = SUITES["dev"]

    def student(
        self,
        name: str,
        config: TrainConfig,
        data: Path,
        asked: Callable[[Corpus], Sequence[Asked]] | None = None,
    ) -> Path:
        """The folder of the student of that name, made unless it is there.

        Args:
            data: what it is trained on. asked: the types it is calibrated for, in place of a corpus's own.

        Raises:
            MissingExtraError: without the extra `train`.
            UsageError: the folder holds a run with other settings.
        """
        student = self.folder / "students" / name
        if (student / "config.json").is_file() and (student / "calibrated").is_file():
            return student
        try:
            from hybrid_ner.training.export import export_student
            from hybrid_ner.training.train import train
        except ImportError as error:
            raise MissingExtraError(error.name or "torch", "train", "an ablation of training") from error
        from evaluation.calibrate import calibrate

        run = self.folder / name / "run"
        if not (run / "record.json").is_file():
            train(config, data, run, resume=(run / "checkpoint.pt").exists(), limit=self.limit)
        export_student(run, student, precision="fp32")
        calibrate(str(student), self.data, self.calibration, (self.choice.name,), asked)
        (student / "calibrated").touch()
        return student


def negatives(recipe: Recipe, setup: Setup) -> list[Variant]:
    """A student a way of sampling negative types; ways that training does not know are left out.

    Raises:
        UsageError: training knows none of them.
    """
    made = []
    for way in NEGATIVES:
        try:
            config = dataclasses.replace(recipe.config, negative_sampling=way)
        except UsageError:
            continue
        load = _loader(setup, partial(recipe.student, way, config, recipe.data))
        made.append(Variant(way, load, made[0].name if made else None, setup.view, settings=_shown(config)))
    if not made:
        raise UsageError(f"negative_sampling accepts none of {', '.join(NEGATIVES)}")
    return made


def conditioning(recipe: Recipe, setup: Setup) -> list[Variant]:
    """Two students, trained and asked without and with the corpus's name before every type."""
    settings = _shown(recipe.config)
    plain = _loader(setup, lambda: recipe.student("plain", recipe.config, recipe.data))
    named = _loader(setup, lambda: conditioned_student(recipe, setup.view))
    asked = partial(conditioned, view=setup.view)
    return [
        Variant(PLAIN, plain, None, setup.view, settings=settings),
        Variant(CONDITIONED, named, PLAIN, setup.view, asked=asked, settings=settings),
    ]


def conditioned_student(recipe: Recipe, view: str) -> Path:
    """The folder of a student trained and tuned with the corpus's name before every type, made unless it is there.

    Raises:
        MissingExtraError, UsageError: as `Recipe.student`.
    """
    prefixed = conditioned_folder(recipe.data, recipe.folder / "conditioned-data")
    return recipe.student("conditioned", recipe.config, prefixed, partial(conditioned, view=view))


def _loader(setup: Setup, make: Callable[[], Path]) -> Callable[[], Any]:
    """Loads the student that `make` makes, when its turn comes."""
    return lambda: dataclasses.replace(setup, student=str(make())).load()


def _shown(config: TrainConfig) -> Mapping[str, Any]:
    return {name: getattr(config, name) for name in ("negative_sampling", "steps", "seed", "encoder")}
