"""Any server that speaks OpenAI's chat completions: hosted, vLLM, llama.cpp, Ollama."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hybrid_ner.distill.settings import at_least
from hybrid_ner.distill.teacher.prompts import Template
from hybrid_ner.distill.teacher.protocol import FILTERED, Failure, Reply, TeacherError
from hybrid_ner.hashing import digest_of_value
from hybrid_ner.posting import NoAnswerError, Persistence, Poster, TryAgain

if TYPE_CHECKING:
    import httpx

_NEVER = {401: "the key is not accepted", 403: "access is forbidden", 404: "no such address or model"}
_SHOWN = 200
_CHARACTERS_A_TOKEN = 4  # where a server does not count


@dataclass(frozen=True)
class EndpointSettings(Persistence):
    """How a server is asked, and (`Persistence`) how long.

    Attributes:
        max_tokens: of an answer. temperature: 0, so that the same question gets the same answer.
        options: more fields of the request, such as {"seed": 1} or {"top_p": 1}.
        key_variable: environment variable with the key; the header is left out where it is not set.
    """

    max_tokens: int = 1024
    temperature: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)
    key_variable: str = "OPENAI_API_KEY"

    def __post_init__(self) -> None:
        at_least(self, 1, "max_tokens", "concurrency", "tries")
        at_least(self, 0, "temperature", "per_minute", "backoff", "longest_wait", "patience")


class EndpointTeacher:
    """Asks `URL/chat/completions`.

    An answer that breaks off on the way, comes without a completion in it, or is under way when the process is killed
    is asked for again. A server that knows Idempotency-Key (`hybrid_ner.posting`) charges for it once all the same.
    With others, what it charged for the first is not known here and not in the budget.

    Args:
        url: up to and without /chat/completions, for example http://127.0.0.1:8000/v1.

    Raises:
        MissingExtraError: httpx or tenacity is not installed.
    """

    batch = 1

    def __init__(self, url: str, model: str, template: Template, settings: EndpointSettings) -> None:
        self.name, self.concurrency = model, settings.concurrency
        self._model, self._template, self._settings = model, template, settings
        self._parameters = {
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            **settings.options,
        }
        self.identity: Mapping[str, Any] = {
            "model": model,
            "parameters": self._parameters,
            "template": template.name,
            "prompt": digest_of_value([template.system, template.user]),
        }
        key, url = os.environ.get(settings.key_variable), f"{url.rstrip('/')}/chat/completions"
        self._poster = Poster(url, settings, key=key, what=f"asking the server at {url!r}")

    def key(self, passage: str) -> str:
        return digest_of_value(self._body(passage))

    def prompt_size(self, passage: str) -> int:
        return sum(len(message["content"].encode("utf-8")) for message in self._template.messages(passage))

    def ask(self, passages: Sequence[str]) -> list[Reply | Failure]:
        return [self._ask(passage) for passage in passages]

    def stop(self) -> None:
        self._poster.stop()

    def _body(self, passage: str) -> dict[str, Any]:
        return {"model": self._model, "messages": self._template.messages(passage), **self._parameters}

    def _ask(self, passage: str) -> Reply | Failure:
        size = sum(len(message["content"]) for message in self._template.messages(passage))
        try:
            return self._poster.post(self._body(passage), lambda response: self._read(response, size))
        except NoAnswerError as error:
            return Failure(str(error))

    def _read(self, response: httpx.Response, prompt: int) -> Reply | Failure:
        if response.status_code in _NEVER:
            raise TeacherError(
                f"{self._poster.url} answers {response.status_code}: {_NEVER[response.status_code]} (model "
                f"{self._model!r}, key in ${self._settings.key_variable}): {response.text[:_SHOWN]}"
            )
        if response.status_code >= 300:
            if FILTERED in response.text:
                return Reply("", FILTERED)
            return Failure(f"HTTP {response.status_code}: {response.text[:_SHOWN]}")
        return _reply(response, prompt)


def _reply(response: httpx.Response, prompt: int) -> Reply:
    try:
        body = json.loads(response.content)
        choice = body["choices"][0]
        message = choice["message"]
        text, finish = message.get("content") or "", choice.get("finish_reason") or "stop"
        usage = body.get("usage") or {}
        counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
        if not isinstance(text, str):
            raise TypeError("the content is no text")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise TryAgain(f"no chat completion in the answer ({error!r})") from error
    if not text and message.get("refusal"):
        finish = FILTERED
    estimates = (prompt // _CHARACTERS_A_TOKEN, len(text) // _CHARACTERS_A_TOKEN)
    tokens = [count if type(count) is int else guess for count, guess in zip(counts, estimates, strict=True)]
    return Reply(text, str(finish), *tokens)
