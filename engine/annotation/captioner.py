"""Captions by a multimodal model that the person names: any endpoint that speaks OpenAI's chat completions.

Paper, "Annotation pipeline": the JSON trajectory and pictures of the film go to a multimodal model with the convention
0 = front, + = left, for a spatial caption of at most 150 words. This is the only place of the program that opens a
connection, and only to the address that the person gave.
"""

import email.utils
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from engine.annotation.captions import MOST_WORDS
from engine.contract.errors import EngineError, InvalidInputError

KEY_VARIABLES = ("SWANSPHERE_API_KEY", "OPENAI_API_KEY")
_TIMEOUT_S = 60.0
_TRIES = 5
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_LARGEST_ANSWER = 1 << 20
_BUSY = (408, 409, 425, 429, 500, 502, 503, 504)
_INSTRUCTION = (
    "You caption recordings of spatial sound. You get a JSON with the direction of the sound over time and with the "
    "trajectories of several sources, and pictures of the 360-degree film that it belongs to, if there is one. "
    "Azimuth 0 is the front and the middle of a picture, positive azimuths are to the left, positive elevations up; "
    "180 and -180 are behind, the left and right edges of a picture. Say in plain English what sounds, where it is and "
    f"how it moves, in at most {MOST_WORDS} words, without numbers and without anything that cannot be heard. "
    "Answer with the caption alone."
)


class CaptionError(EngineError):
    """The endpoint gave no caption."""


@dataclass
class Usage:
    """Tokens spent so far."""

    tokens_in: int = 0
    tokens_out: int = 0
    requests: int = 0

    def describe(self, price_in: float | None, price_out: float | None) -> str:
        """Return a sentence; with prices for a million tokens also the money."""
        text = f"{self.requests} requests, {self.tokens_in} tokens in and {self.tokens_out} out"
        if price_in is None and price_out is None:
            return text
        cost = (self.tokens_in * (price_in or 0.0) + self.tokens_out * (price_out or 0.0)) / 1e6
        return f"{text}, {cost:.4f} in the currency of the prices given"


@dataclass
class RemoteCaptioner:
    """Asks `base_url` (".../v1") for captions; `key` is sent as a bearer token and appears nowhere else."""

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_s: float = _TIMEOUT_S
    tries: int = _TRIES
    wait: Callable[[float], None] = time.sleep
    usage: Usage = field(default_factory=Usage)

    def __post_init__(self) -> None:
        """Raise InvalidInputError for an address that is none."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidInputError(
                f"'{self.base_url}' is no captioner: give 'rules' or an address such as http://127.0.0.1:8000/v1."
            )

    def caption(self, annotation: Mapping[str, Any], pictures: Sequence[tuple[float, str]] = ()) -> str:
        """Return a caption of at most 150 words for an annotation and pictures (seconds, data URL).

        Raises CaptionError where there is none after all tries.
        """
        answer = self._answer(_request_body(self.model, annotation, pictures))
        used = answer.get("usage")
        if isinstance(used, dict):
            self.usage.tokens_in += _count(used.get("prompt_tokens"))
            self.usage.tokens_out += _count(used.get("completion_tokens"))
        try:
            text = answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            text = None
        if not isinstance(text, str) or not text.strip():
            raise CaptionError(f"{self.base_url} answered without a caption: is '{self.model}' a chat model?")
        return " ".join(text.split()[:MOST_WORDS])

    def _answer(self, body: bytes) -> dict[str, Any]:
        wait_s = _FIRST_WAIT_S
        for left in reversed(range(self.tries)):
            self.usage.requests += 1
            try:
                return self._asked(body)
            except _Busy as busy:
                if not left:
                    raise CaptionError(f"{self.base_url} {busy} after {self.tries} tries: try again later.") from None
                self.wait(min(busy.wait_s if busy.wait_s is not None else wait_s, _LONGEST_WAIT_S))
                wait_s *= 2
        raise CaptionError("No try was allowed: give at least one.")

    def _asked(self, body: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(self.base_url.rstrip("/") + "/chat/completions", body, headers)
        try:
            with _OPENER.open(request, timeout=self.timeout_s) as response:
                raw = response.read(_LARGEST_ANSWER + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error) from None
        except TimeoutError:
            raise _Busy("did not answer in time") from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise _Busy("did not answer in time") from None
            raise CaptionError(f"{self.base_url} cannot be reached ({reason}): is the address right?") from None
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise CaptionError(f"{self.base_url} did not answer with JSON: is it the address of an API, ending in /v1?")
        return answer

    def _refused(self, error: urllib.error.HTTPError) -> EngineError:
        if error.code in _BUSY:
            return _Busy(f"is busy (HTTP {error.code})", _retry_after(error.headers.get("Retry-After")))
        if error.code in (401, 403):
            return CaptionError(
                f"{self.base_url} does not accept the key (HTTP {error.code}): set {KEY_VARIABLES[0]} to a good one."
            )
        if error.code == 404:
            return CaptionError(f"{self.base_url} knows no chat completions or no model '{self.model}' (HTTP 404).")
        return CaptionError(f"{self.base_url} refused the request (HTTP {error.code}).")


class _Busy(EngineError):
    """Worth another try, after `wait_s` where the endpoint said so."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to an address that nobody named."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        """Refuse."""


_OPENER = urllib.request.build_opener(_NoRedirect)


def key_from(environment: Mapping[str, str]) -> str | None:
    """Return the key that the environment holds, the program's own variable first."""
    return next((environment[name] for name in KEY_VARIABLES if environment.get(name)), None)


def _request_body(model: str, annotation: Mapping[str, Any], pictures: Sequence[tuple[float, str]]) -> bytes:
    seen = {k: annotation[k] for k in ("duration_s", "segments", "sources") if k in annotation}
    content: list[dict[str, object]] = [{"type": "text", "text": json.dumps(seen, separators=(",", ":"))}]
    for t_s, url in pictures:
        content.append({"type": "text", "text": f"The film at {t_s:.1f} s:"})
        content.append({"type": "image_url", "image_url": {"url": url}})
    messages = [{"role": "system", "content": _INSTRUCTION}, {"role": "user", "content": content}]
    return json.dumps({"model": model, "messages": messages, "max_tokens": 400, "temperature": 0.2}).encode()


def _retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, in either of its forms."""
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
