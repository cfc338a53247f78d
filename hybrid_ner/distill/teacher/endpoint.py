"""Any server that speaks OpenAI's chat completions: hosted, vLLM, llama.cpp, Ollama."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hybrid_ner.distill.files import digest_of_value
from hybrid_ner.distill.settings import at_least
from hybrid_ner.distill.teacher.budget import Pace
from hybrid_ner.distill.teacher.prompts import Template
from hybrid_ner.distill.teacher.protocol import FILTERED, Failure, Reply, TeacherError
from hybrid_ner.errors import MissingExtraError

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

_AGAIN = frozenset({408, 409, 425, 429})
_NEVER = {401: "the key is not accepted", 403: "access is forbidden", 404: "no such address or model"}
_SHOWN = 200
_CHARACTERS_A_TOKEN = 4  # where a server does not count


@dataclass(frozen=True)
class EndpointSettings:
    """How a server is asked.

    Attributes:
        max_tokens: of an answer. temperature: 0, so that the same question gets the same answer.
        options: more fields of the request, such as {"seed": 1} or {"top_p": 1}.
        key_variable: environment variable with the key; the header is left out where it is not set.
        concurrency: calls at a time. per_minute: most calls started a minute, 0 for no limit.
        timeout: seconds for a call. tries: calls before a passage is given up.
        backoff, longest_wait: seconds of the first wait between tries, doubled each time, and of the longest. A
            server's Retry-After goes before them. patience: the longest Retry-After that is waited for.
    """

    max_tokens: int = 1024
    temperature: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)
    key_variable: str = "OPENAI_API_KEY"
    concurrency: int = 8
    per_minute: float = 0.0
    timeout: float = 120.0
    tries: int = 6
    backoff: float = 1.0
    longest_wait: float = 60.0
    patience: float = 900.0

    def __post_init__(self) -> None:
        at_least(self, 1, "max_tokens", "concurrency", "tries")
        at_least(self, 0, "temperature", "per_minute", "backoff", "longest_wait", "patience")


class _TryAgain(Exception):
    """A call that may go well the next time, after `seconds` where the server says so."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class EndpointTeacher:
    """Asks `URL/chat/completions`.

    An answer that breaks off on the way, or comes without a completion in it, is asked for again. What the server
    charged for it is not known here and not in the budget; the header Idempotency-Key lets it charge once.

    Args:
        url: up to and without /chat/completions, for example http://127.0.0.1:8000/v1.

    Raises:
        MissingExtraError: httpx or tenacity is not installed.
    """

    batch = 1

    def __init__(self, url: str, model: str, template: Template, settings: EndpointSettings) -> None:
        try:
            import httpx  # noqa: F401 - missing here, not in the middle of a run
            import tenacity
        except ImportError as error:
            raise MissingExtraError(error.name or "httpx", "llm", f"asking the server at {url!r}") from error
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
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._stopped = threading.Event()
        self._pace = Pace(settings.per_minute, sleep=self._stopped.wait)
        growing = tenacity.wait_exponential(multiplier=settings.backoff, max=settings.longest_wait)
        self._wait_random = growing + tenacity.wait_random(0, settings.backoff)

    @cached_property
    def _client(self) -> httpx.Client:
        """Made at the first question: it reads all certificates of the machine."""
        import httpx

        key = os.environ.get(self._settings.key_variable, "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=self.concurrency)
        return httpx.Client(headers=headers, timeout=self._settings.timeout, limits=limits)

    def key(self, passage: str) -> str:
        return digest_of_value(self._body(passage))

    def prompt_size(self, passage: str) -> int:
        return sum(len(message["content"].encode("utf-8")) for message in self._template.messages(passage))

    def ask(self, passages: Sequence[str]) -> list[Reply | Failure]:
        return [self._ask(passage) for passage in passages]

    def stop(self) -> None:
        self._stopped.set()

    def _body(self, passage: str) -> dict[str, Any]:
        return {"model": self._model, "messages": self._template.messages(passage), **self._parameters}

    def _ask(self, passage: str) -> Reply | Failure:
        import tenacity

        tries = tenacity.Retrying(
            stop=tenacity.stop_any(tenacity.stop_after_attempt(self._settings.tries), self._is_stopped),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(_TryAgain),
            sleep=self._stopped.wait,
            reraise=True,
        )
        try:
            return tries(self._call, passage)
        except _TryAgain as error:
            return Failure(str(error))

    def _is_stopped(self, _: RetryCallState) -> bool:
        return self._stopped.is_set()

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next try: what the server asks for, else exponential with jitter."""
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "seconds", None)
        return self._wait_random(state) if asked is None else asked

    def _call(self, passage: str) -> Reply | Failure:
        import httpx

        self._pace.wait()
        if self._stopped.is_set():
            raise _TryAgain("stopped before it was asked")
        body = self._body(passage)
        # A server that knows this header answers a question that was asked before without charging again.
        headers = {"Idempotency-Key": self.key(passage)}
        try:
            response = self._client.post(self._url, json=body, headers=headers)
        except httpx.TransportError as error:  # timeouts, refused and broken connections, bodies that end too early
            raise _TryAgain(f"{type(error).__name__}: {error}") from error
        if response.status_code in _AGAIN or response.status_code >= 500:
            seconds = _retry_after(response)
            if seconds is not None and seconds > self._settings.patience:
                return Failure(f"HTTP {response.status_code}, to be asked again in {seconds:.0f} s")
            self._pace.hold(seconds or 0.0)
            raise _TryAgain(f"HTTP {response.status_code}", seconds)
        if response.status_code in _NEVER:
            raise TeacherError(
                f"{self._url} answers {response.status_code}: {_NEVER[response.status_code]} (model "
                f"{self._model!r}, key in ${self._settings.key_variable}): {response.text[:_SHOWN]}"
            )
        if response.status_code >= 300:
            if FILTERED in response.text:
                return Reply("", FILTERED)
            return Failure(f"HTTP {response.status_code}: {response.text[:_SHOWN]}")
        return _reply(response, sum(len(message["content"]) for message in body["messages"]))


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
        raise _TryAgain(f"no chat completion in the answer ({error!r})") from error
    if not text and message.get("refusal"):
        finish = FILTERED
    estimates = (prompt // _CHARACTERS_A_TOKEN, len(text) // _CHARACTERS_A_TOKEN)
    tokens = [count if type(count) is int else guess for count, guess in zip(counts, estimates, strict=True)]
    return Reply(text, str(finish), *tokens)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of the header Retry-After, a number or a date (RFC 9110, section 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    from datetime import datetime, timezone

    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
