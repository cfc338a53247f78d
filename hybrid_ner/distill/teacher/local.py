"""A causal language model on this machine, through transformers; greedy, so that answers can be had again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hybrid_ner.distill.settings import at_least, one_of
from hybrid_ner.distill.teacher.prompts import Template
from hybrid_ner.distill.teacher.protocol import CUT, Failure, Reply, TeacherError
from hybrid_ner.errors import MissingExtraError
from hybrid_ner.hashing import digest_of_value

_DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class LocalSettings:
    """How the model is run: `max_tokens` of an answer, passages a batch, device ("cpu", "cuda") and dtype."""

    max_tokens: int = 1024
    batch: int = 8
    device: str = "cpu"
    dtype: str = "auto"

    def __post_init__(self) -> None:
        at_least(self, 1, "max_tokens", "batch")
        one_of(self, "dtype", _DTYPES)


class LocalTeacher:
    """Asks a model by folder or hub name, with its own chat template if its tokenizer has one.

    `ask` raises MissingExtraError where torch or transformers is not installed, TeacherError where there is no such
    model.
    """

    concurrency = 1

    def __init__(self, model: str, template: Template, settings: LocalSettings) -> None:
        self._path = model
        self.name, self.batch = Path(model).name, settings.batch
        self._template, self._settings = template, settings
        prompt = digest_of_value([template.system, template.user])
        self.identity: Mapping[str, Any] = {
            "model": self.name,
            "files": _files(Path(model)),
            "parameters": {"max_tokens": settings.max_tokens, "dtype": settings.dtype},
            "template": template.name,
            "prompt": prompt,
        }

    def key(self, passage: str) -> str:
        return digest_of_value({**self.identity, "passage": passage})

    def prompt_size(self, passage: str) -> int:
        return 0

    def stop(self) -> None:
        """A batch under way is finished."""

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        """Tokenizer and model, loaded at the first question: answers that are kept need neither."""
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise MissingExtraError(error.name or "transformers", "llm", f"running {self._path!r}") from error
        dtype = self._settings.dtype
        try:
            tokenizer = AutoTokenizer.from_pretrained(self._path, padding_side="left")
            model = AutoModelForCausalLM.from_pretrained(
                self._path, dtype=dtype if dtype == "auto" else getattr(torch, dtype)
            )
            model = model.to(self._settings.device).eval()
        except (OSError, ValueError, RuntimeError) as error:
            said = str(error).partition("\n")[0]
            raise TeacherError(f"cannot load {self._path!r}: {said}; accepted: a model's folder or hub name") from error
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        return tokenizer, model

    def ask(self, passages: Sequence[str]) -> list[Reply | Failure]:
        tokenizer, model = self._loaded
        import torch

        texts = [self._text(passage) for passage in passages]
        inputs = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=not tokenizer.chat_template)
        inputs = {k: v.to(self._settings.device) for k, v in inputs.items() if k in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            made = model.generate(
                **inputs,
                max_new_tokens=self._settings.max_tokens,
                do_sample=False,
                num_beams=1,
                pad_token_id=tokenizer.pad_token_id,
            )
        prompts = inputs["attention_mask"].sum(1).tolist()
        answers = made[:, inputs["input_ids"].size(1) :]
        return [self._reply(row, count) for row, count in zip(answers, prompts, strict=True)]

    def _text(self, passage: str) -> str:
        messages = self._template.messages(passage)
        tokenizer, _ = self._loaded
        if tokenizer.chat_template:
            return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return "\n\n".join(message["content"] for message in messages) + "\n\n"

    def _reply(self, row: Any, prompt_tokens: int) -> Reply:
        tokenizer, model = self._loaded
        ends = model.generation_config.eos_token_id
        ends = {ends} if isinstance(ends, int) else set(ends or ())
        ids = row.tolist()
        stop = next((i for i, token in enumerate(ids) if token in ends), None)
        finish = CUT if stop is None else "stop"
        text = tokenizer.decode(ids[:stop], skip_special_tokens=True)
        return Reply(text, finish, prompt_tokens, len(ids[:stop]))


def _files(folder: Path) -> str:
    """The files of a model in a folder by size and time: hashing gigabytes would take longer than a few answers."""
    if not folder.is_dir():
        return ""
    stats = {path.name: path.stat() for path in sorted(folder.iterdir()) if path.is_file()}
    return digest_of_value({name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()})
