"""Requests to an OpenAI-compatible server: sent again where that may help, never twice for the same question."""

from __future__ import annotations

import email.utils
import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from hybrid_ner.conversations.template import Template
from hybrid_ner.errors import MissingExtraError, ModelError

logger = logging.getLogger(__name__)

API = ("chat", "completions")
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 60.0  # seconds between two tries, whatever a server asks for
_REMEMBERED = 10_000

# An answer: the bytes of its tokens with their log probabilities; one certain token where the server gives none.
Answer = tuple[Sequence[bytes], Sequence[float]]


class Server:
    """A client for one model. Safe for threads; answers are remembered while it lives."""

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api: str,
        answer_tokens: int,
        stop: str,
        timeout: float,
        retries: int,
        key: str | None,
        first_wait: float = 0.5,
    ) -> None:
        try:
            import httpx
        except ImportError as error:
            raise MissingExtraError("httpx", "llm", "a student behind an endpoint") from error
        self._httpx = httpx
        path = "chat/completions" if api == "chat" else "completions"
        self._url, self._api, self._stop = f"{url.rstrip('/')}/{path}", api, stop
        self._fixed = {"model": model, "temperature": 0, "max_tokens": answer_tokens}
        self._fixed |= {"logprobs": True} if api == "chat" else {"logprobs": 1, "stop": [stop]}
        self._retries, self._first_wait = retries, first_wait
        self._client = httpx.Client(timeout=timeout, headers={"Authorization": f"Bearer {key}"} if key else {})
        self._remembered: dict[str, Future[Answer]] = {}
        self._lock = threading.Lock()

    def answer(self, template: Template, turns: Sequence[str]) -> Answer:
        """The answer to the last question of a conversation.

        Raises:
            ModelError: no answer after all tries.
        """
        if self._api == "chat":
            asked: dict[str, Any] = {"messages": template.messages(turns)}
        else:
            asked = {"prompt": "".join(piece.text for piece in template.pieces(turns))}
        key = json.dumps(asked)
        with self._lock:
            known = self._remembered.get(key)
            if known is None:
                if len(self._remembered) >= _REMEMBERED:
                    self._remembered.clear()
                mine = self._remembered[key] = Future()
        if known is not None:  # or under way: whoever asked first will tell
            return known.result()
        try:
            mine.set_result(_read(self._post(asked), self._url))
        except BaseException as error:
            with self._lock:
                self._remembered.pop(key, None)  # another try may do better
            mine.set_exception(error)
        return mine.result()

    def _post(self, asked: Mapping[str, Any]) -> Any:
        wait, problem = self._first_wait, ""
        for attempt in range(self._retries + 1):
            if attempt:
                logger.info("the endpoint failed (%s); trying again in %.1f s", problem, wait)
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            try:
                response = self._client.post(self._url, json={**self._fixed, **asked})
            except self._httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if response.status_code == 400 and "logprobs" in self._fixed:
                # Some servers refuse what they cannot give; a score is worth less than an answer.
                self._fixed = {name: value for name, value in self._fixed.items() if name != "logprobs"}
                response = self._client.post(self._url, json={**self._fixed, **asked})
            if response.status_code in _AGAIN:
                problem = f"status {response.status_code}"
                wait = max(wait, _asked_wait(response.headers.get("retry-after")))
                continue
            if response.status_code != 200:
                raise ModelError(
                    f"{self._url} answered with status {response.status_code}: {response.text[:200]!r}; check the URL, "
                    "the model's name and the key"
                )
            try:
                return response.json()
            except ValueError:
                problem = "no JSON in its answer"
        raise ModelError(f"{self._url} gave no answer in {self._retries + 1} tries; the last: {problem}")


def _asked_wait(header: str | None) -> float:
    """Seconds that a Retry-After header asks to wait, at most `_LONGEST_WAIT`."""
    try:
        return min(_LONGEST_WAIT, max(0.0, float(header or 0)))
    except ValueError:
        at = email.utils.parsedate_tz(header)
        return 0.0 if at is None else min(_LONGEST_WAIT, max(0.0, email.utils.mktime_tz(at) - time.time()))


def _read(body: Any, url: str) -> Answer:
    """The answer's tokens and log probabilities.

    Raises:
        ModelError: the body is not what such a server sends.
    """
    try:
        choice = body["choices"][0]
        text = choice["message"]["content"] if "message" in choice else choice["text"]
        tokens = _tokens(choice.get("logprobs") or {})
        written = (text or "").encode("utf-8", errors="replace")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ModelError(f"{url} sent no completion ({error!r}); is it an OpenAI-compatible API?") from error
    # A reasoning or a stop word may be cut from the text: scores are taken only where tokens and text agree.
    if tokens and b"".join(token for token, _ in tokens).startswith(written):
        return [token for token, _ in tokens], [logprob for _, logprob in tokens]
    return [written], [0.0]


def _tokens(logprobs: Mapping[str, Any]) -> list[tuple[bytes, float]]:
    if logprobs.get("content"):
        return [
            (bytes(item["bytes"]) if item.get("bytes") is not None else item["token"].encode(), item["logprob"])
            for item in logprobs["content"]
        ]
    return [
        (token.encode(), logprob or 0.0)
        for token, logprob in zip(logprobs.get("tokens") or (), logprobs.get("token_logprobs") or (), strict=False)
    ]
