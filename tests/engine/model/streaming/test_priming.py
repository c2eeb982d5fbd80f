"""A lane that is new may continue a recording: it remembers it, and plays none of it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.ambisonics.encoding import encode_point
from engine.contract.control import Prompt
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.generation import LaneRequest, PatchRequest
from engine.model.conditioning.encoders import load_encoders
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model

LEFT = np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def streamer(tiny_folder: Path) -> PatchStreamer:
    return PatchStreamer(load_model(tiny_folder), load_encoders())


@pytest.fixture(scope="module")
def shipped() -> PatchStreamer:
    return PatchStreamer(load_model(), load_encoders())


def noise(seed: int, patches: int = 4) -> NDArray[np.float32]:
    mono = 0.05 * np.random.default_rng(seed).standard_normal(patches * PATCH_SAMPLES)
    return encode_point(mono.astype(np.float32), Direction(90.0, 0.0))


def played(streamer: PatchStreamer, primer: NDArray[np.float32] | None, patches: int = 3) -> NDArray[np.float32]:
    streamer.reset(3)
    requests = [PatchRequest(Prompt("wind"), direction=LEFT, primer=primer if i == 0 else None) for i in range(patches)]
    return np.concatenate([streamer.next_patch(request).samples for request in requests], axis=1)


def test_a_primer_changes_what_follows_and_gives_the_same_again(streamer: PatchStreamer) -> None:
    alone, primed = played(streamer, None), played(streamer, noise(0))
    assert primed.shape == alone.shape
    assert not np.allclose(primed, alone, atol=1e-4)
    assert np.array_equal(primed, played(streamer, noise(0)))
    assert not np.allclose(primed, played(streamer, noise(1)), atol=1e-6)


def test_remarks_on_the_words_of_a_primed_source_are_not_lost(
    streamer: PatchStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PromptEncoder, "remarks", lambda _self, text: (f"{text}?",))
    for primer in (None, noise(0)):
        streamer.reset(3)
        first = streamer.next_patch(PatchRequest(Prompt("blorp"), direction=LEFT, primer=primer))
        second = streamer.next_patch(PatchRequest(Prompt("blorp"), direction=LEFT))
        assert (first.remarks, second.remarks) == (("blorp?",), ())


def test_only_a_new_source_is_primed(streamer: PatchStreamer) -> None:
    alone = played(streamer, None, 2)
    streamer.reset(3)
    first = streamer.next_patch(PatchRequest(Prompt("wind"), direction=LEFT)).samples
    second = streamer.next_patch(PatchRequest(Prompt("wind"), direction=LEFT, primer=noise(0))).samples
    assert np.array_equal(np.concatenate([first, second], axis=1), alone)


def test_a_lane_is_primed_and_the_others_are_not(streamer: PatchStreamer) -> None:
    made = []
    for primer in (None, noise(0)):
        streamer.reset(3)
        lanes = (LaneRequest(1, Prompt("rain"), LEFT, primer=primer),)
        made.append(streamer.next_patch(PatchRequest(Prompt("wind"), direction=LEFT, lanes=lanes)).lanes)
    assert np.allclose(made[0][0], made[1][0], atol=1e-5)
    assert not np.allclose(made[0][1], made[1][1], atol=1e-4)


def test_a_primed_take_begins_softly_and_at_the_level_of_its_primer(shipped: PatchStreamer) -> None:
    spectrum = np.fft.rfft(noise(0, 20)[0])
    frequency = np.fft.rfftfreq(20 * PATCH_SAMPLES, 1 / 48_000)
    # Wind falls towards the highs. White noise is no wind: with these words its highs are not continued.
    wind = np.fft.irfft(spectrum * (frequency > 30) / np.maximum(frequency, 60))
    wind *= 0.05 / wind.std()
    primed = played(shipped, encode_point(wind.astype(np.float32), Direction(90.0, 0.0)), 6)[0]
    assert np.abs(primed[:100]).max() < 0.02 * np.abs(primed).max()
    level = np.sqrt(np.square(primed[2 * PATCH_SAMPLES :]).mean())
    assert 0.5 < level / 0.05 < 2.0
