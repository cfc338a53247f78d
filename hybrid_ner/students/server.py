"""Questions of a student to an OpenAI-compatible server: none is asked twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from hybrid_ner.conversations.template import Template
from hybrid_ner.errors import ModelError
from hybrid_ner.posting import NoAnswerError, Persistence, Poster, TryAgain

if TYPE_CHECKING:
    import httpx

API = ("chat", "completions")
_REMEMBERED = 10_000

# An answer: the bytes of its tokens with their log probabilities; one certain token where the server gives none.
Answer = tuple[Sequence[bytes], Sequence[float]]


class Server:
    """A client for one model. Safe for threads; answers are remembered while it lives."""

    def __init__(
        self,
        url: str,
        model: str,
        persistence: Persistence,
        *,
        api: str,
        answer_tokens: int,
        stop: str,
        key: str | None,
    ) -> None:
        self._api = api
        self._fixed = {"model": model, "temperature": 0, "max_tokens": answer_tokens}
        self._fixed |= {"logprobs": True} if api == "chat" else {"logprobs": 1, "stop": [stop]}
        address = f"{url.rstrip('/')}/{'chat/completions' if api == 'chat' else 'completions'}"
        self._poster = Poster(address, persistence, key=key, what="a student behind an endpoint")
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
            mine.set_result(_read(self._post(asked), self._poster.url))
        except BaseException as error:
            with self._lock:
                self._remembered.pop(key, None)  # another try may do better
            mine.set_exception(error)
        return mine.result()

    def _post(self, asked: Mapping[str, Any]) -> Any:
        try:
            response, body = self._poster.post({**self._fixed, **asked}, _parsed)
            if response.status_code == 400 and "logprobs" in self._fixed:
                # Some servers refuse what they cannot give; a score is worth less than an answer.
                self._fixed = {name: value for name, value in self._fixed.items() if name != "logprobs"}
                response, body = self._poster.post({**self._fixed, **asked}, _parsed)
        except NoAnswerError as error:
            tries = self._poster.persistence.tries
            raise ModelError(f"{self._poster.url} gave no answer in {tries} tries; the last: {error}") from error
        if response.status_code != 200:
            raise ModelError(
                f"{self._poster.url} answered with status {response.status_code}: {response.text[:200]!r}; check the "
                "URL, the model's name and the key"
            )
        return body


def _parsed(response: httpx.Response) -> tuple[httpx.Response, Any]:
    """A response and, of a good one, its JSON."""
    if response.status_code != 200:
        return response, None
    try:
        return response, response.json()
    except ValueError as error:
        raise TryAgain("no JSON in its answer") from error


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
