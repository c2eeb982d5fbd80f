"""Several sources at once: each sounds as it would alone, comes and goes without a step, and stays apart."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.contract.control import Prompt
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.generation import LaneRequest, PatchRequest
from engine.model.codec import xs
from engine.model.conditioning.encoders import load_encoders
from engine.model.streaming.lane import Lane, lane_seed
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model

PATCHES = 7
SEED = 11
LEFT, RIGHT = np.array([0.0, 1.0, 0.0]), np.array([0.0, -1.0, 0.0])
DOG = LaneRequest(1, Prompt("a dog barks"), RIGHT)
SEA = LaneRequest(2, Prompt("sea waves"), None)


@pytest.fixture(scope="module")
def streamer(tiny_folder: Path) -> PatchStreamer:
    return PatchStreamer(load_model(tiny_folder), load_encoders())


@pytest.fixture
def as_loud_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limiter and the balance work on what sounds together: without them, sums can be compared with their parts."""
    monkeypatch.setattr("engine.model.streaming.lane_balance.LaneBalance.update", lambda *_: 1.0)
    monkeypatch.setattr("engine.ambisonics.limiter.FoaLimiter.process", lambda _self, foa: foa)


def play(
    streamer: PatchStreamer,
    lanes: dict[int, tuple[LaneRequest, ...]],
    prompt: str = "rain",
    direction: np.ndarray | None = LEFT,
    seed: int = SEED,
) -> np.ndarray:
    """Return the patches (PATCHES, 4, 7680); `lanes` says which lanes there are from a patch on."""
    streamer.reset(seed)
    patches, now = [], ()
    for index in range(PATCHES):
        now = lanes.get(index, now)
        patches.append(
            streamer.next_patch(PatchRequest(Prompt(prompt), direction=direction, steps=2, lanes=now)).samples
        )
    return np.array(patches)


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.abs(a - b).max() < 1e-4 * np.abs(b).max())


@pytest.mark.usefixtures("as_loud_as_it_is")
def test_a_lane_is_what_its_prompt_direction_and_seed_make_alone(
    streamer: PatchStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xs, "_EXCITATION_STEP", 0)
    main = play(streamer, {})
    dog = play(streamer, {}, DOG.prompt.text, RIGHT, lane_seed(SEED, 1))
    sea = play(streamer, {}, SEA.prompt.text, None, lane_seed(SEED, 2))
    assert not close(dog, main)
    assert close(play(streamer, {0: (DOG, SEA)}), main + dog + sea)
    louder = LaneRequest(1, DOG.prompt, RIGHT, gain_db=-20.0)
    assert close(play(streamer, {0: (louder,)}), main + 0.1 * dog)


@pytest.mark.usefixtures("as_loud_as_it_is")
def test_a_lane_starts_afresh_fades_in_and_out_and_leaves_nothing(streamer: PatchStreamer) -> None:
    main = play(streamer, {})
    dog = play(streamer, {0: (DOG,)}) - main
    with_dog = play(streamer, {2: (DOG,), 4: ()})
    heard = with_dog - main
    rising = np.arange(1, 7_681) / 7_680
    assert np.array_equal(with_dog[:2], main[:2])
    assert close(heard[2], dog[0] * rising)
    assert close(heard[3], dog[1])
    assert close(heard[4], dog[2] * (1.0 - rising))
    assert close(with_dog[5:], main[5:])
    again = play(streamer, {0: (DOG,), 1: (), 3: (DOG,)}) - main
    assert close(again[3], dog[0] * rising)


@pytest.mark.usefixtures("as_loud_as_it_is")
def test_lanes_of_different_age_do_not_hear_each_other(streamer: PatchStreamer) -> None:
    main, dog = play(streamer, {}), play(streamer, {0: (DOG,)})
    sea = play(streamer, {3: (SEA,)}) - main
    assert close(play(streamer, {0: (DOG,), 3: (DOG, SEA)}), dog + sea)


@pytest.mark.usefixtures("as_loud_as_it_is")
def test_two_lanes_of_the_same_words_are_not_one_source(streamer: PatchStreamer) -> None:
    """The codec's noise is the same in every stream: shaped from one piece of it, two sources would be coherent."""
    main = play(streamer, {})
    twin = play(streamer, {0: (LaneRequest(1, Prompt("rain"), LEFT),)}) - main
    w, other = main[:, 0].ravel(), twin[:, 0].ravel()
    assert abs(np.corrcoef(w, other)[0, 1]) < 0.2


def test_no_lanes_are_the_same_bytes_and_lanes_have_seeds_of_their_own(streamer: PatchStreamer) -> None:
    assert play(streamer, {}).tobytes() == play(streamer, {0: ()}).tobytes()
    assert play(streamer, {1: (DOG,)}).tobytes() == play(streamer, {1: (DOG,)}).tobytes()
    assert lane_seed(5, 0) == 5
    assert len({lane_seed(seed, lane_id) for seed in range(20) for lane_id in range(5)}) == 100


@pytest.mark.usefixtures("as_loud_as_it_is")
def test_lanes_without_a_main_prompt_are_all_that_sounds(streamer: PatchStreamer) -> None:
    main, together = play(streamer, {}), play(streamer, {0: (DOG,)})
    assert close(play(streamer, {0: (DOG,)}, prompt="", direction=None), together - main)
    assert not close(play(streamer, {}, prompt=""), 0.0 * main)


@pytest.mark.usefixtures("as_loud_as_it_is")
def test_the_prompts_own_source_has_a_level(streamer: PatchStreamer) -> None:
    def at(gain_db: float) -> np.ndarray:
        streamer.reset(SEED)
        request = PatchRequest(Prompt("rain"), direction=LEFT, steps=2, gain_db=gain_db)
        return np.array([streamer.next_patch(request).samples for _ in range(2)])

    assert close(at(-20.0), 0.1 * at(0.0))


def test_the_sum_is_kept_below_full_scale(streamer: PatchStreamer) -> None:
    loud = tuple(LaneRequest(i, Prompt("rain"), LEFT, gain_db=20.0) for i in (1, 2))
    assert np.abs(play(streamer, {0: loud})).max() <= 0.981


@pytest.mark.usefixtures("as_loud_as_it_is")
def test_the_sources_of_a_patch_are_its_sum(streamer: PatchStreamer) -> None:
    streamer.reset(SEED)
    for _ in range(2):
        patch = streamer.next_patch(PatchRequest(Prompt("rain"), direction=LEFT, steps=2, lanes=(DOG, SEA)))
        assert sorted(patch.lanes) == [0, 1, 2]
        assert close(sum(patch.lanes.values()), patch.samples)


def test_words_start_from_stronger_noise_and_a_primed_take_continues(
    streamer: PatchStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[torch.Tensor] = []
    draw = Lane.draw_noise

    def kept(lane: Lane) -> torch.Tensor:
        drawn.append(draw(lane))
        return drawn[-1]

    monkeypatch.setattr(Lane, "draw_noise", kept)
    primer = (0.1 * np.random.default_rng(0).normal(size=(4, 4 * PATCH_SAMPLES))).astype(np.float32)
    for given in (None, primer):
        streamer.reset(3)
        for index in range(3):
            asked = PatchRequest(Prompt("wind"), None, index, LEFT, 2, primer=given if index == 0 else None)
            streamer.next_patch(asked)
    streamer.reset(3)
    streamer.next_patch(PatchRequest(Prompt(""), None, 0, LEFT, 2))
    plain, primed, wordless = drawn[:3], drawn[3:6], drawn[6]
    assert torch.equal(wordless, primed[0])
    assert torch.allclose(plain[0], 1.25 * primed[0])
    assert torch.equal(plain[1], primed[1])
    assert torch.equal(plain[2], primed[2])
