"""A language model as a student: UniNER's checkpoints, and those of `hybrid-ner tune`, on CPU or CUDA."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid_ner.conversations.answers import POLICIES
from hybrid_ner.conversations.template import load_template
from hybrid_ner.errors import MissingExtraError, ModelError, UsageError
from hybrid_ner.generative.checkpoint import AskingConfig, read_asking
from hybrid_ner.generative.encoding import ConversationEncoder
from hybrid_ner.schema import Proposal, TypeSet
from hybrid_ner.students.conversing import asked_by, scored_mentions
from hybrid_ner.students.windows import Mention, proposals, windows

if TYPE_CHECKING:
    from hybrid_ner.conversations.template import Question, Template
    from hybrid_ner.generative.decode import Written

logger = logging.getLogger(__name__)

DTYPES = ("float32", "bfloat16", "float16")
_LEAST_PASSAGE = 16  # tokens; below it a window holds hardly a sentence
_AHEAD = 8  # documents read together: enough to fill a batch, few enough to begin answering soon


class GenerativeStudent:
    """A causal language model that is asked about types in a conversation.

    Attributes:
        name: folder or hub name. folder: where its weights are, or None.
        threshold: see `AskingConfig`. type_encoder: None; a language model has no vectors of types.
        precision: data type of the computation.
    """

    type_encoder = None

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        asking: AskingConfig,
        *,
        name: str = "generative",
        folder: Path | None = None,
        views: Sequence[str] = (),
        policy: str = "every",
        dataset: str | None = None,
        rows: int = 32,
        reuse: bool = True,
    ) -> None:
        """
        Args:
            model, tokenizer: of transformers.
            asking: template and budgets.
            views: ("name",) or ("definition",) asks by that, whatever the template; otherwise the template says.
            policy: "every" place of a mention is proposed, or the "first".
            dataset: name of a data set, for a template that wants one.
            rows: questions answered together.
            reuse: compute a passage once for all questions about it.

        Raises:
            UsageError: an unknown policy, or a template that wants a data set.
            ModelError: a vocabulary that cannot write JSON lists.
        """
        from hybrid_ner.generative.decode import Decoder

        if policy not in POLICIES:
            raise UsageError(f"policy is {policy!r}; accepted: {', '.join(POLICIES)}")
        self.name, self.folder, self.threshold = name, folder, asking.threshold
        self.precision = str(model.dtype).removeprefix("torch.")
        self._asking, self._policy, self._dataset = asking, policy, dataset
        self.template = asked_by(load_template(asking.template), views)
        self.template.opening("", dataset)
        self._encoder = ConversationEncoder(tokenizer, self.template)
        self._tokenizer = tokenizer
        self._limit = getattr(model.config, "max_position_embeddings", None) or math.inf
        self._decoder = Decoder(
            model.eval(), tokenizer, self.template.answers, rows=rows, answer_tokens=asking.answer_tokens, reuse=reuse
        )

    @classmethod
    def load(
        cls,
        name_or_path: str | Path,
        *,
        device: str = "cpu",
        dtype: str | None = None,
        template: str | None = None,
        threads: int | None = None,
        asking: AskingConfig | None = None,
        **options: Any,
    ) -> GenerativeStudent:
        """Loads a checkpoint.

        Args:
            name_or_path: a folder, or a hub name (fetched when online, found in the cache otherwise).
            device: "cpu", "cuda" or "cuda:N".
            dtype: of the computation; None for float32 on a CPU and bfloat16 on CUDA.
            template: in place of the checkpoint's own.
            threads: of the CPU, for PyTorch as a whole.
            asking: how to ask, where the checkpoint does not say it itself.
            options: of the constructor.

        Raises:
            MissingExtraError: torch or transformers is not installed.
            ModelError: no such checkpoint, or no such device.
        """
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise MissingExtraError(error.name or "torch", "llm", "a generative student") from error
        _check_device(device, torch)
        dtype = dtype or ("float32" if device == "cpu" else "bfloat16")
        if dtype not in DTYPES:
            raise UsageError(f"dtype is {dtype!r}; accepted: {', '.join(DTYPES)}")
        if threads:
            torch.set_num_threads(threads)
        try:
            tokenizer = AutoTokenizer.from_pretrained(name_or_path)
            model = AutoModelForCausalLM.from_pretrained(name_or_path, dtype=getattr(torch, dtype)).to(device)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"cannot load the language model {str(name_or_path)!r}: {_first_line(error)}; accepted: a folder with "
                "config.json, tokenizer and weights, or a hub name that can be fetched or is in the cache"
            ) from error
        folder = Path(name_or_path) if Path(name_or_path).is_dir() else None
        own = (read_asking(folder) if folder else None) or asking or AskingConfig()
        own = own if template is None else replace(own, template=template)
        return cls(model, tokenizer, own, name=Path(name_or_path).name, folder=folder, **options)

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        """The proposals of each text, in order: where the mentions stand that the model names."""
        questions = self.template.questions(sorted(types, key=lambda t: t.name))
        asked = [self._encoder.question(question.text) for question in questions]
        budget = self._budget(max(map(len, asked)))
        remaining = iter(texts)
        while batch := list(islice(remaining, _AHEAD)):
            read = [windows(text, self._token_starts, budget) for text in batch]
            openings = [self._encoder.opening(window.text, self._dataset) for part in read for window in part]
            self._warn_of_long(openings, budget)
            answers = self._decoder.answers(openings, asked)
            for part in read:
                yield proposals(((w, _mentions(next(answers), questions, self.template)) for w in part), self._policy)

    def _budget(self, question: int) -> int:
        """Tokens of a passage that leave room for the rest of the conversation.

        Raises:
            UsageError: the model's context leaves next to nothing.
        """
        around = len(self._encoder.opening("", self._dataset)) + question + self._asking.answer_tokens
        budget = min(self._asking.passage_tokens, self._limit - around)
        if budget < _LEAST_PASSAGE:
            raise UsageError(
                f"the model reads {self._limit} tokens, of which question and answer take {around}: too little is left "
                "for text; ask fewer types a question, shorten definitions, or lower answer_tokens in hybrid_ner.json"
            )
        return int(budget)

    def _token_starts(self, text: str) -> list[int]:
        offsets = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return [start for start, _ in offsets]

    def _warn_of_long(self, openings: Sequence[Sequence[int]], budget: int) -> None:
        # Only a single word without a break can be that long; positions past the limit make its answer worthless.
        over = sum(len(opening) > self._limit - self._asking.answer_tokens for opening in openings)
        if over:
            logger.warning(
                "%d windows hold a word longer than the %d tokens of a window; answers there mean little", over, budget
            )


def _mentions(written: Sequence[Written], questions: Sequence[Question], template: Template) -> list[Mention]:
    return [
        mention
        for answer, question in zip(written, questions, strict=True)
        for mention in scored_mentions(answer.tokens, answer.logprobs, question, template)
    ]


def _check_device(device: str, torch: Any) -> None:
    kind, _, number = device.partition(":")
    if kind == "cuda" and torch.cuda.is_available() and (not number or int(number) < torch.cuda.device_count()):
        return
    if device != "cpu":
        raise ModelError(
            f"device {device!r} is not to be had: PyTorch sees {torch.cuda.device_count()} CUDA devices; try cpu"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
