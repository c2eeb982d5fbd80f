"""Captions from an endpoint, played by a local server."""

import base64
import json
import socket
import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.annotation.captioner import RemoteCaptioner
from engine.annotation.chat_answer import retry_after_s
from engine.annotation.chat_endpoint import EndpointError
from engine.annotation.chat_request import request_body
from engine.annotation.film_frames import film_frames
from engine.contract.errors import InvalidInputError
from engine.video.opencv import cv2
from tests.chat_endpoint import Endpoint

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
    with pytest.raises(EndpointError, match=r"is busy \(HTTP 500\) after 3 tries: try again later"):
        captioner(endpoint, waits, tries=3).caption(ANNOTATION)
    assert len(endpoint.seen) == 3
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((401, {}), "does not accept the key"),
        ((404, {}), "has no chat completions or no model 'some-model'"),
        ((400, {}), r"refused the request \(HTTP 400\)"),
        (
            (422, {"error": {"message": "no pictures,\n\x1b[2Jsecret-key"}}),
            r"\(HTTP 422: no pictures, \[2J\.\.\.\)",
        ),
        ((200, b"\xff\xfe{"), "did not answer with JSON"),
        ((200, b"[" * 200_000), "did not answer with JSON"),
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
    with pytest.raises(EndpointError, match=sentence) as told:
        captioner(endpoint).caption(ANNOTATION)
    assert len(endpoint.seen) == 1
    assert "secret-key" not in str(told.value)


def test_a_silent_endpoint_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        asked = RemoteCaptioner(address, "m", timeout_s=0.05, tries=2, wait=lambda _seconds: None)
        with pytest.raises(EndpointError, match="did not answer in time after 2 tries"):
            asked.caption(ANNOTATION)


def test_nobody_at_the_address_and_no_address(endpoint: Endpoint) -> None:
    with pytest.raises(EndpointError, match="cannot be reached"):
        RemoteCaptioner("http://127.0.0.1:1/v1", "m").caption(ANNOTATION)
    for bad in ("rulez", "ftp://host/v1", "http://"):
        with pytest.raises(InvalidInputError, match="is not an address"):
            RemoteCaptioner(bad, "m")


def test_an_endpoint_that_refuses_the_key_is_asked_once_for_all_files(endpoint: Endpoint) -> None:
    endpoint.will_say((401, {}), (200, GOOD))
    asked = captioner(endpoint)
    for _file in range(3):
        with pytest.raises(EndpointError, match="does not accept the key"):
            asked.caption(ANNOTATION)
    assert len(endpoint.seen) == 1


def test_an_endpoint_that_asks_for_a_long_pause_is_not_asked_before_it_is_over(endpoint: Endpoint) -> None:
    endpoint.will_say((429, {}, {"Retry-After": "7200"}))
    waits: list[float] = []
    with pytest.raises(EndpointError, match="asks to wait 7200 s"):
        captioner(endpoint, waits).caption(ANNOTATION)
    assert waits == []
    assert len(endpoint.seen) == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [(b"SSH-2.0-other\r\n", "does not speak HTTP"), (b"", "closed the connection after 2 tries")],
)
def test_something_else_at_the_address_is_one_sentence(sent: bytes, sentence: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            for _try in range(1 if sent else 2):
                connection, _ = other.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(sent)

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"http://127.0.0.1:{other.getsockname()[1]}/v1"
        with pytest.raises(EndpointError, match=sentence):
            RemoteCaptioner(address, "m", tries=2, wait=lambda _seconds: None).caption(ANNOTATION)
        thread.join()


@pytest.mark.parametrize("url", ["http://me:hush@host/v1", "http://host:many/v1", "http://[/v1", "http://host/v1?a=b"])
def test_addresses_that_cannot_be_are_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(InvalidInputError) as told:
        RemoteCaptioner(url, "m")
    assert "hush" not in str(told.value)


@pytest.mark.parametrize("key", ["sec\nret", "sécret", "sec ret"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(InvalidInputError, match="copy it again") as told:
        RemoteCaptioner("http://127.0.0.1:1/v1", "m", key)
    assert "sec" not in str(told.value)


def test_a_caption_cannot_steer_the_terminal_nor_break_the_file(endpoint: Endpoint) -> None:
    endpoint.will_say((200, b'{"choices": [{"message": {"content": "Rain\\u001b[2J \\ud800 left."}}]}'))
    assert captioner(endpoint).caption(ANNOTATION) == "Rain [2J left."


def test_of_hours_a_thinned_path_is_sent_with_its_ends() -> None:
    points = [{"t_s": float(t), "azimuth_deg": t / 100, "elevation_deg": 0.0} for t in range(7_200)]
    sources = [{"label": f"sound {index}", "path": points} for index in range(40)]
    body = request_body("m", {"duration_s": 7_200.0, "segments": points, "sources": sources}, ())
    sent = json.loads(json.loads(body)["messages"][1]["content"][0]["text"])
    times = [point["t_s"] for point in sent["segments"]]
    assert len(times) == 120
    assert (times[0], times[-1]) == (0.0, 7_199.0)
    assert max(np.diff(times)) - min(np.diff(times)) <= 1.0
    assert [source["label"] for source in sent["sources"]] == [f"sound {index}" for index in range(12)]
    assert sent["softer_sources_left_out"] == 28


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("-3", 0.0), ("nan", None), ("soon", None), ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0), (None, None)],
)
def test_both_forms_of_retry_after_are_read(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds


def test_captions_are_cut_at_150_words_and_odd_counts_do_no_harm(endpoint: Endpoint) -> None:
    long = {
        "choices": [{"message": {"content": "word " * 400}}],
        "usage": {"prompt_tokens": "many", "completion_tokens": -3},
    }
    endpoint.will_say((200, long))
    asked = captioner(endpoint)
    assert len(asked.caption(ANNOTATION).split()) == 150
    assert (asked.usage.tokens_in, asked.usage.tokens_out) == (0, 0)


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
