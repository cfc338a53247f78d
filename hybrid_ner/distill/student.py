"""The student step: a dataset -> a trained, exported student with a threshold fitted on the dataset's dev split."""

from __future__ import annotations

import dataclasses
import logging
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hybrid_ner.distill.dataset import CONFIG
from hybrid_ner.distill.dataset import NAME as DATASET
from hybrid_ner.distill.files import digest_of, write_json
from hybrid_ner.distill.manifest import Step, output_digest, run_step
from hybrid_ner.distill.settings import one_of, read_yaml
from hybrid_ner.errors import MissingExtraError
from hybrid_ner.hashing import digest_of_value
from hybrid_ner.students.folder import FILES, read_config
from hybrid_ner.training.config import TrainConfig

logger = logging.getLogger(__name__)

NAME, VERSION = "student", 2
STUDENT, REPORT = "student", "threshold.json"


@dataclass(frozen=True)
class StudentSettings:
    """How the student is made.

    Attributes:
        train: settings of `hybrid-ner train`, over those of the dataset's train.yaml.
        precision: of the export, "int8" or "fp32"; where int8 would find other spans it is fp32 all the same, with a
            warning. device: to train on.
        fit_threshold: choose the student's threshold on the dataset's dev split.
        progress: a bar on a terminal.
    """

    train: dict[str, Any] = field(default_factory=dict)
    precision: str = "int8"
    device: str = "cpu"
    fit_threshold: bool = True
    progress: bool = False

    def __post_init__(self) -> None:
        one_of(self, "precision", ("int8", "fp32"))
        one_of(self, "device", ("cpu", "cuda"))


def student_step(dataset: Path, settings: StudentSettings, output: Path) -> bool:
    """Trains and exports a student to OUTPUT/student unless it is there; an interrupted training is gone on with.

    Weights are the same again on the same device with the same number of threads.

    Raises:
        MissingExtraError: the extra `train` is not installed.
        UsageError, ModelError, InputError: as `train` and `export_student`.
    """
    try:
        import hybrid_ner.training.export  # noqa: F401 - missing here, not when the training is done
        from hybrid_ner.training.train import train
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "train", "training") from error
    config = TrainConfig.of({**read_yaml(dataset / CONFIG), **settings.train}, "student: train")
    inputs = {"dataset": output_digest(dataset, DATASET)}
    named = {}
    for name in ("encoder", "start"):
        value = getattr(config, name)
        if value and Path(value).is_dir():  # a folder counts by what is in it
            inputs[name] = _digest_of_start(Path(value)) if name == "start" else digest_of(Path(value))
            named[name] = Path(value).name
    how = {k: v for k, v in asdict(settings).items() if k not in ("train", "progress")}
    step = Step(NAME, VERSION, {"train": asdict(dataclasses.replace(config, **named)), **how}, inputs)

    def make(folder: Path) -> list[str]:
        run = folder / f"run-{step.key[:12]}"  # of these very settings: a checkpoint of others is none
        if not (run / "record.json").is_file():
            train(config, dataset, run, device=settings.device, resume=True, progress=settings.progress)
        shutil.rmtree(folder / STUDENT, ignore_errors=True)
        precision = export_or_fp32(run, folder / STUDENT, settings.precision)
        if settings.fit_threshold:
            from hybrid_ner.distill.threshold import fit_threshold

            fitted = fit_threshold(folder / STUDENT, dataset)
        else:
            fitted = {"threshold": read_config(folder / STUDENT).threshold}
        write_json(folder / REPORT, {**fitted, "precision": precision})
        for old in folder.glob("run-*"):
            if old != run:
                shutil.rmtree(old)
        weights = f"{run.name}/student.safetensors"
        return [*(f"{STUDENT}/{file}" for file in FILES), weights, REPORT]

    return run_step(step, output, make)


def export_or_fp32(run: Path, folder: Path, precision: str) -> str:
    """Exports a training run; after hours of it a refused int8 must not be all there is to show for them.

    Returns:
        The precision it was exported in.

    Raises:
        ModelError: as `export_student`, but for a refused int8.
    """
    from hybrid_ner.training.export import export_student
    from hybrid_ner.training.parity import ParityError

    try:
        export_student(run, folder, precision=precision)
    except ParityError as error:
        if precision == "fp32":
            raise
        logger.warning("int8 is refused, so the student is exported in fp32: %s", error)
        export_student(run, folder, precision="fp32")
        return "fp32"
    return precision


def _digest_of_start(folder: Path) -> str:
    """What training starts from: the files of an exported student, or the weights of a run."""
    if (folder / "text.onnx").is_file():
        return digest_of_value({file: digest_of(folder / file) for file in FILES})
    return digest_of(folder / "student.safetensors")


def run_folder(output: Path) -> Path:
    """Where the training run behind a finished student step is."""
    return next(output.glob("run-*"))
