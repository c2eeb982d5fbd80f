"""Captions from an endpoint, played by a local server."""

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.annotation.captioner import CaptionError, RemoteCaptioner, key_from
from engine.annotation.film_frames import film_frames
from engine.contract.errors import InvalidInputError
from engine.video.opencv import cv2
from tests.chat_endpoint import Endpoint, serving

ANNOTATION: dict[str, Any] = {
    "file": "take.wav",
    "duration_s": 1.0,
    "segments": [{"t_s": 0.0, "azimuth_deg": 90.0, "elevation_deg": 0.0}],
    "sources": [],
}
GOOD = {
    "choices": [{"message": {"content": "A dog barks on the left."}}],
    "usage": {"prompt_tokens": 700, "completion_tokens": 9},
}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def captioner(endpoint: Endpoint, waits: list[float] | None = None, **more: Any) -> RemoteCaptioner:
    kept = [] if waits is None else waits
    return RemoteCaptioner(endpoint.url, "some-model", "secret-key", wait=kept.append, **more)


def test_the_trajectory_the_convention_and_the_pictures_are_sent_and_the_tokens_counted(endpoint: Endpoint) -> None:
    endpoint.will_say((200, GOOD))
    asked = captioner(endpoint)
    assert asked.caption(ANNOTATION, [(0.5, "data:image/jpeg;base64,AAAA")]) == "A dog barks on the left."
    path, headers, body = endpoint.seen[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret-key"
    assert "positive azimuths are to the left" in body["messages"][0]["content"]
    parts = body["messages"][1]["content"]
    assert json.loads(parts[0]["text"])["segments"] == ANNOTATION["segments"]
    assert parts[2]["image_url"]["url"] == "data:image/jpeg;base64,AAAA"
    assert asked.usage.describe(None, None) == "1 requests, 700 tokens in and 9 out"
    assert "0.0016 in the currency" in asked.usage.describe(2.0, 20.0)
    assert "secret-key" not in repr(asked)


def test_a_busy_endpoint_is_asked_again_after_the_time_it_names_then_ever_later(endpoint: Endpoint) -> None:
    endpoint.will_say((429, {}, {"Retry-After": "7"}), (503, {}), (500, {}), (200, GOOD))
    waits: list[float] = []
    assert captioner(endpoint, waits).caption(ANNOTATION).startswith("A dog")
    assert waits == [7.0, 2.0, 4.0]


def test_an_endpoint_that_stays_busy_is_given_up_in_one_sentence(endpoint: Endpoint) -> None:
    endpoint.will_say((500, {}))
    waits: list[float] = []
    with pytest.raises(CaptionError, match=r"is busy \(HTTP 500\) after 3 tries: try again later"):
        captioner(endpoint, waits, tries=3).caption(ANNOTATION)
    assert len(endpoint.seen) == 3
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((401, {}), "does not accept the key"),
        ((404, {}), "knows no chat completions or no model 'some-model'"),
        ((400, {}), r"refused the request \(HTTP 400\)"),
        ((200, b"<html>"), "did not answer with JSON"),
        ((200, [1]), "did not answer with JSON"),
        ((200, {"choices": []}), "answered without a caption"),
        ((200, {"choices": [{"message": {"content": "  "}}]}), "answered without a caption"),
        ((302, {}, {"Location": "http://127.0.0.1:1/else"}), r"refused the request \(HTTP 302\)"),
    ],
)
def test_what_cannot_be_used_is_told_at_once_and_never_with_the_key(
    endpoint: Endpoint, answer: tuple[int, object], sentence: str
) -> None:
    endpoint.will_say(answer)
    with pytest.raises(CaptionError, match=sentence) as told:
        captioner(endpoint).caption(ANNOTATION)
    assert len(endpoint.seen) == 1
    assert "secret-key" not in str(told.value)


def test_a_silent_endpoint_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        asked = RemoteCaptioner(address, "m", timeout_s=0.05, tries=2, wait=lambda _seconds: None)
        with pytest.raises(CaptionError, match="did not answer in time after 2 tries"):
            asked.caption(ANNOTATION)


def test_nobody_at_the_address_and_no_address(endpoint: Endpoint) -> None:
    with pytest.raises(CaptionError, match="cannot be reached"):
        RemoteCaptioner("http://127.0.0.1:1/v1", "m").caption(ANNOTATION)
    for bad in ("rulez", "ftp://host/v1", "http://"):
        with pytest.raises(InvalidInputError, match="is no captioner"):
            RemoteCaptioner(bad, "m")


def test_captions_are_cut_at_150_words_and_odd_counts_do_no_harm(endpoint: Endpoint) -> None:
    long = {
        "choices": [{"message": {"content": "word " * 400}}],
        "usage": {"prompt_tokens": "many", "completion_tokens": -3},
    }
    endpoint.will_say((200, long))
    asked = captioner(endpoint)
    assert len(asked.caption(ANNOTATION).split()) == 150
    assert (asked.usage.tokens_in, asked.usage.tokens_out) == (0, 0)


def test_the_own_variable_wins() -> None:
    assert key_from({"OPENAI_API_KEY": "b", "SWANSPHERE_API_KEY": "a"}) == "a"
    assert key_from({"OPENAI_API_KEY": "b"}) == "b"
    assert key_from({}) is None


def test_pictures_are_spread_over_the_film(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with av.open(str(film), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        for index in range(20):
            picture = np.full((64, 128, 3), 12 * index, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    pictures = film_frames(film, 2.0, count=4)
    assert [t for t, _ in pictures] == pytest.approx([0.25, 0.75, 1.25, 1.75])
    shown = [cv2.imdecode(np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8), 1) for _, url in pictures]
    assert all(p.shape == (64, 128, 3) for p in shown)
    assert [int(p.mean()) for p in shown] == pytest.approx([24, 84, 144, 204], abs=6)
