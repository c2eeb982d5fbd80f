"""A model that the user names, at any endpoint that supports OpenAI's chat completions.

This is the only part of the program that opens a connection, and only to the address that the user specified.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlsplit

from engine.annotation.api_key import OWN, is_loopback, is_private, key_for
from engine.annotation.chat_answer import count, reason_of, retry_after_s
from engine.annotation.plain_text import printable
from engine.contract.errors import EngineError, InvalidInputError

_TIMEOUT_S = 60.0
_TRIES = 5
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 300.0
_LARGEST_ANSWER = 1 << 20
_BUSY = (408, 409, 425, 429, 500, 502, 503, 504)


class EndpointError(EngineError):
    """The endpoint returned no usable answer."""


@dataclass
class Usage:
    """Tokens spent so far."""

    tokens_in: int = 0
    tokens_out: int = 0
    requests: int = 0

    def describe(self, price_in: float | None, price_out: float | None) -> str:
        """Return a sentence; with prices per million tokens also the cost."""
        text = f"{self.requests} requests, {self.tokens_in} tokens in and {self.tokens_out} out"
        if price_in is None and price_out is None:
            return text
        cost = (self.tokens_in * (price_in or 0.0) + self.tokens_out * (price_out or 0.0)) / 1e6
        return f"{text}, {cost:.4f} in the currency of the prices"


@dataclass
class ChatEndpoint:
    """Asks the model at `base_url` (".../v1").

    `key` is sent as a bearer token, over https or to this machine itself, and appears nowhere else.
    """

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_s: float = _TIMEOUT_S
    tries: int = _TRIES
    wait: Callable[[float], None] = time.sleep
    usage: Usage = field(default_factory=Usage)
    _hopeless: str | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Raise InvalidInputError for an invalid address or key."""
        if "@" in self.base_url:
            raise InvalidInputError(f"Remove the name and password from the address: set the key as {OWN}.")
        if not _is_address(self.base_url):
            raise InvalidInputError(
                f"'{self.base_url}' is not an address that can be asked: specify one such as http://127.0.0.1:8000/v1."
            )
        if self.key is not None and not all("!" <= letter <= "~" for letter in self.key):
            # If sent, it would come back in a readable error of the HTTP library.
            raise InvalidInputError(f"The key in {OWN} contains characters that no key has: copy it again.")

    def with_key_from(self, environment: Mapping[str, str]) -> tuple[Self, str]:
        """Return the same endpoint with its key, and a sentence on why an existing key is not sent, or ""."""
        choice = key_for(self.base_url, environment)
        return replace(self, key=choice.key), choice.withheld

    def ask(self, body: bytes) -> str:
        """Return the text of the model's answer to a chat completion, without control characters, "" if it has none.

        Raises EndpointError if there is no answer after all tries. An address that refuses the key, does not know the
        model or cannot be reached is not asked again: the next request would get the same answer.
        """
        if self._hopeless is not None:
            raise EndpointError(self._hopeless)
        answer = self._answer(body)
        used = answer.get("usage")
        if isinstance(used, dict):
            self.usage.tokens_in += count(used.get("prompt_tokens"))
            self.usage.tokens_out += count(used.get("completion_tokens"))
        try:
            text = answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            return ""
        return printable(text) if isinstance(text, str) else ""

    def _answer(self, body: bytes) -> dict[str, Any]:
        wait_s = _FIRST_WAIT_S
        for left in reversed(range(self.tries)):
            self.usage.requests += 1
            try:
                return self._asked(body)
            except _Busy as busy:
                if not left:
                    raise EndpointError(f"{self.base_url} {busy} after {self.tries} tries: try again later.") from None
                if busy.wait_s is not None and busy.wait_s > _LONGEST_WAIT_S:
                    raise EndpointError(
                        f"{self.base_url} {busy} and asks to wait {busy.wait_s:.0f} s: try again later."
                    ) from None
                self.wait(busy.wait_s if busy.wait_s is not None else wait_s)
                wait_s *= 2
        raise EndpointError("No try was allowed: allow at least one.")

    def _asked(self, body: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self.key and is_private(self.base_url):
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(self.base_url.rstrip("/") + "/chat/completions", body, headers)
        try:
            opener = _DIRECTLY if is_loopback(self.base_url) else _OPENER
            with opener.open(request, timeout=self.timeout_s) as response:
                raw = response.read(_LARGEST_ANSWER + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error) from None
        except TimeoutError:
            raise _Busy("did not answer in time") from None
        except (http.client.RemoteDisconnected, http.client.IncompleteRead, ConnectionResetError):
            raise _Busy("closed the connection") from None
        except (http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise _Busy("did not answer in time") from None
            if isinstance(error, http.client.HTTPException):
                reason = "it does not speak HTTP"
            raise self._give_up(f"{self.base_url} cannot be reached ({reason}): check the address.") from None
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise EndpointError(f"{self.base_url} did not answer with JSON: use the address of an API, ending in /v1.")
        return answer

    def _refused(self, error: urllib.error.HTTPError) -> EngineError:
        if error.code in _BUSY:
            return _Busy(f"is busy (HTTP {error.code})", retry_after_s(error.headers.get("Retry-After")))
        if error.code in (401, 403):
            return self._give_up(
                f"{self.base_url} does not accept the key (HTTP {error.code}): set {OWN} to a valid one."
            )
        if error.code == 404:
            return self._give_up(
                f"{self.base_url} has no chat completions or no model '{self.model}' (HTTP 404): check --model."
            )
        try:
            reason = reason_of(error.read(_LARGEST_ANSWER), self.key)
        except (OSError, http.client.HTTPException):
            reason = ""
        return EndpointError(f"{self.base_url} refused the request (HTTP {error.code}{reason and ': ' + reason}).")

    def _give_up(self, message: str) -> EndpointError:
        self._hopeless = message
        return EndpointError(message)


class _Busy(EngineError):
    """Worth another try, after `wait_s` if the endpoint said so."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: they would carry the key to an address that the user did not name."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        """Refuse."""


_OPENER = urllib.request.build_opener(_NoRedirect)
_DIRECTLY = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
"""For this machine itself: a proxy would read the key on the way."""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    written = url.isascii() and url.isprintable() and " " not in url
    return written and port_fits and parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
