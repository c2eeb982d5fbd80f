"""A refiner adds codes to what a generator makes, which stays as it is; streamed, replayed and beside other lanes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.contract.control import Prompt
from engine.contract.errors import CheckpointError
from engine.contract.generation import MAIN_LANE, LaneRequest, PatchRequest
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.encoders import load_encoders
from engine.model.generator.generator import Generator
from engine.model.generator.refiner import Refiner
from engine.model.specs import TINY, TINY_CODEC
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model, save_codec, save_generator, save_refiner
from engine.training.codec.add_codes import with_added_codes
from tests.rough_refiner import PARTIALS, ROUGH, rough_refiner, write_refined

LEFT = np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("refined")
    write_refined(made)
    return made


@pytest.fixture(scope="module")
def streamer(folder: Path) -> PatchStreamer:
    return PatchStreamer(load_model(folder), load_encoders())


def drawn(batch: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(1)
    rows, added = ROUGH.patch_latents, ROUGH.latent_dim - ROUGH.made_codes
    sizes = (rows, ROUGH.made_codes), (ROUGH.text_dim,), (rows, added)
    made, words, noise = (torch.randn(batch, *size, generator=g) for size in sizes)
    return made, words, noise


def test_what_was_made_stays_and_what_is_added_follows_from_all_that_is_known() -> None:
    refiner = rough_refiner()
    made, words, noise = drawn(2)
    begun = refiner.initial_state(2)
    whole = refiner.completed(made, words, noise, begun)
    assert torch.equal(whole[..., : ROUGH.made_codes], made)
    later = refiner.advanced(whole, begun)
    assert torch.equal(later.recent[:, -ROUGH.patch_latents :], whole)

    def added(**changes: object) -> torch.Tensor:
        given = {"made": made, "words": words, "noise": noise, "state": begun} | changes
        return refiner.completed(**given)[..., ROUGH.made_codes :]

    for changes in ({"made": made + 1.0}, {"words": -words}, {"noise": -noise}, {"state": later}, {"steps": 8}):
        assert not torch.allclose(added(**changes), added(), atol=1e-3), changes
    assert torch.equal(added(), added())


def test_streams_side_by_side_are_what_they_are_alone() -> None:
    refiner = rough_refiner()
    made, words, noise = drawn(3)
    both = refiner.completed(made, words, noise, refiner.initial_state(3))
    for row in range(3):
        alone = refiner.completed(*(v[row : row + 1] for v in (made, words, noise)), refiner.initial_state(1))
        assert torch.allclose(alone[0], both[row], atol=1e-5)


def test_the_words_of_a_stream_and_its_refiner_are_heard(streamer: PatchStreamer, folder: Path) -> None:
    def take(source: PatchStreamer) -> np.ndarray:
        source.reset(4)
        request = PatchRequest(Prompt("rain"), direction=LEFT, steps=2)
        return np.concatenate([source.next_patch(request).samples for _ in range(4)], axis=1)

    own = take(streamer)
    assert np.array_equal(take(streamer), own)
    assert np.isfinite(own).all()
    assert np.abs(own).max() > 1e-4
    model = load_model(folder)
    assert model.refiner is not None
    mute = Refiner(model.refiner.spec).eval()  # a fresh one adds noise as it is drawn
    assert not np.allclose(take(PatchStreamer(replace(model, refiner=mute), load_encoders())), own, atol=1e-4)


def test_a_take_is_replayed_from_the_generators_codes_alone(streamer: PatchStreamer) -> None:
    asked = PatchRequest(Prompt("rain"), direction=LEFT, steps=2, lanes=(LaneRequest(1, Prompt("a dog"), LEFT),))
    streamer.reset(8)
    whole = [streamer.next_patch(asked) for _ in range(6)]
    assert whole[0].latents[MAIN_LANE].shape == (4, TINY.latent_dim)
    streamer.reset(8)
    for index, result in enumerate(whole):
        request = asked
        if index < 3:
            lane = replace(asked.lanes[0], replay=result.latents[1])
            request = replace(asked, replay=result.latents[MAIN_LANE], lanes=(lane,))
        assert np.array_equal(streamer.next_patch(request).samples, result.samples)


def test_a_primed_stream_hears_all_codes_of_its_past(streamer: PatchStreamer) -> None:
    tone = np.sin(2 * np.pi * 440.0 * np.arange(5 * 7_680) / 48_000)
    primer = np.stack([tone, tone, 0 * tone, 0 * tone]).astype(np.float32)
    takes = []
    for past in (None, primer):
        streamer.reset(2)
        takes.append(streamer.next_patch(PatchRequest(Prompt("rain"), steps=2, primer=past)).samples)
    assert not np.allclose(*takes, atol=1e-4)


def test_files_that_do_not_belong_together_are_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("codec.safetensors", "generator.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(CheckpointError, match="made for another codec"):
        load_model(tmp_path)
    save_refiner(tmp_path, rough_refiner(replace(ROUGH, made_codes=TINY.latent_dim - 1)))
    with pytest.raises(CheckpointError, match="made for another codec"):
        load_model(tmp_path)
    (tmp_path / "refiner.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(CheckpointError, match="damaged"):
        load_model(tmp_path)


def test_the_hash_of_a_model_covers_its_refiner(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert load_model(tmp_path).sha256 == load_model(folder).sha256
    other = rough_refiner()
    other.words.weight.add_(0.5)
    save_refiner(tmp_path, other)
    assert load_model(tmp_path).sha256 != load_model(folder).sha256


def test_a_generator_of_all_codes_needs_none(tmp_path: Path) -> None:
    codec = with_added_codes(XsFoaVae(TINY_CODEC), PARTIALS)
    save_codec(tmp_path / "codec.safetensors", codec)
    save_generator(tmp_path / "generator.safetensors", Generator(replace(TINY, latent_dim=codec.latent_dim)))
    assert load_model(tmp_path).refiner is None
