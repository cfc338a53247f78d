"""A model behind an OpenAI-compatible server (vLLM, llama.cpp, Ollama, hosted) as a student: the same conversations.

Documents are sent to the server that is named, and nowhere else.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from hybrid_ner.conversations.answers import POLICIES
from hybrid_ner.conversations.template import DEFAULT, Question, load_template
from hybrid_ner.errors import UsageError
from hybrid_ner.posting import Persistence
from hybrid_ner.schema import Proposal, TypeSet
from hybrid_ner.students.conversing import asked_by, scored_mentions
from hybrid_ner.students.server import API, Answer, Server
from hybrid_ner.students.windows import Mention, Window, proposals, windows, words_as_tokens

logger = logging.getLogger(__name__)

KEY_VARIABLE = "HYBRID_NER_API_KEY"
PREFIX = "endpoint:"
_PATIENCE = 120.0  # seconds: the longest wait a server may ask for
_AHEAD = 8  # documents whose questions are under way at a time


class EndpointStudent:
    """A server's model, asked about every type in a conversation.

    Attributes:
        threshold: 0; everything that is named is proposed. type_encoder: None.
    """

    type_encoder = None
    threshold = 0.0
    folder = None
    precision = "unknown"

    def __init__(
        self,
        url: str,
        model: str,
        *,
        template: str = DEFAULT,
        api: str = "chat",
        views: Sequence[str] = (),
        policy: str = "every",
        passage_tokens: int = 512,
        answer_tokens: int = 256,
        threads: int | None = None,
        timeout: float = 120.0,
        retries: int = 4,
        backoff: float = 0.5,
        key: str | None = None,
    ) -> None:
        """
        Args:
            url: base of the API, such as http://localhost:8000/v1.
            model: as the server calls it.
            template: of the conversation; "instruct" for a model that was not taught one.
            api: "chat" sends messages; "completions" sends UniversalNER's very string, for servers whose chat template
                is another.
            views, policy: as `GenerativeStudent`.
            passage_tokens: of a window, estimated: the tokenizer is the server's.
            threads: requests at a time.
            timeout, retries: seconds a request may take, and how often a failed one is sent again.
            backoff: seconds before it is, doubled each time.
            key: sent as bearer token; None for $HYBRID_NER_API_KEY.

        Raises:
            UsageError: an argument that is not among the accepted.
            MissingExtraError: httpx or tenacity is not installed.
        """
        if policy not in POLICIES or api not in API:
            raise UsageError(
                f"policy is {policy!r} and api {api!r}; accepted: {', '.join(POLICIES)}, and {', '.join(API)}"
            )
        self.name = model
        self.template = asked_by(load_template(template), views)
        self.template.opening("")
        self._policy, self._passage_tokens = policy, passage_tokens
        self._threads = threads or 8
        self._server = Server(
            url,
            model,
            Persistence(timeout, retries + 1, backoff, patience=_PATIENCE, concurrency=self._threads),
            api=api,
            answer_tokens=answer_tokens,
            stop=self.template.separators[1],
            key=os.environ.get(KEY_VARIABLE) if key is None else key,
        )

    @classmethod
    def load(cls, spec: str, *, device: str = "cpu", **options: Any) -> EndpointStudent:
        """The student of `endpoint:URL#MODEL`, with settings after a question mark: `#MODEL?api=completions`.

        Raises:
            UsageError: no URL or model in it, or an unknown setting.
        """
        url, _, fragment = spec.removeprefix(PREFIX).partition("#")
        model, _, query = fragment.partition("?")
        if not url.startswith(("http://", "https://")) or not model:
            raise UsageError(f"no endpoint: {spec!r}; accepted: endpoint:http://HOST:PORT/v1#MODEL")
        settings = dict(parse_qsl(query))
        kinds = {"template": str, "api": str, "policy": str, "passage_tokens": int, "answer_tokens": int}
        kinds |= {"timeout": float, "retries": int, "threads": int}
        try:
            given = {name: kinds[name](value) for name, value in settings.items()}
        except (KeyError, ValueError) as error:
            raise UsageError(f"cannot use the setting {error} of {spec!r}; accepted: {', '.join(kinds)}") from error
        return cls(url, model, **{**options, **given})

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        """The proposals of each text, in order.

        Raises:
            ModelError: the server cannot be reached, refuses, or sends no answer.
        """
        questions = self.template.questions(sorted(types, key=lambda t: t.name))
        remaining = iter(texts)
        pool = ThreadPoolExecutor(self._threads)
        try:
            while batch := list(islice(remaining, _AHEAD)):
                asked = [self._ask(text, questions, pool) for text in batch]
                for part in asked:
                    read = ((window, self._mentions(answers, questions)) for window, answers in part)
                    yield proposals(read, self._policy)
        finally:
            pool.shutdown(cancel_futures=True)

    def _ask(
        self, text: str, questions: Sequence[Question], pool: ThreadPoolExecutor
    ) -> list[tuple[Window, list[Future[Answer]]]]:
        asked = []
        for window in windows(text, words_as_tokens, self._passage_tokens):
            opening = self.template.opening(window.text)
            turns = [(*opening, question.text) for question in questions]
            asked.append((window, [pool.submit(self._server.answer, self.template, t) for t in turns]))
        return asked

    def _mentions(self, answers: Sequence[Future[Answer]], questions: Sequence[Question]) -> list[Mention]:
        return [
            mention
            for answer, question in zip(answers, questions, strict=True)
            for mention in scored_mentions(*answer.result(), question, self.template)
        ]
