"""A refiner learns what the added codes are, given the others, the past and the words."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.contract.errors import ExportError, InvalidInputError
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import load_codec, load_refiner, save_codec
from engine.training.codec.add_codes import with_added_codes
from engine.training.generator.refiner import beyond_pulses, main, parse_options

SCENES, PATCHES, PARTIALS = 8, 50, 3
MADE = TINY_CODEC.latent_dim
ADDED = 2 * PARTIALS + 7


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Features in which half of the added codes are the negative of a made one, and half are told by the words."""
    torch.manual_seed(0)
    codec = with_added_codes(XsFoaVae(TINY_CODEC), PARTIALS)
    (tmp_path / "codec").mkdir()
    save_codec(tmp_path / "codec" / "codec.safetensors", codec)
    g = torch.Generator().manual_seed(0)
    latents = torch.randn(SCENES, 4 * PATCHES, MADE + ADDED, generator=g)
    text = torch.randn(SCENES, 1, TINY.text_dim, generator=g)
    latents[..., MADE : MADE + 6] = -latents[..., :1]
    latents[..., MADE + 6 :] = torch.sign(text[..., :1])
    tensors = {
        "latents": latents.half(),
        "path": torch.nn.functional.normalize(torch.randn(SCENES, PATCHES, 3, generator=g), dim=2),
        "placed": torch.ones(SCENES, PATCHES),
        "change": torch.full((SCENES,), PATCHES),
        "film": torch.full((SCENES,), -1),
        "roll": torch.zeros(SCENES, dtype=torch.long),
        "active": torch.ones(SCENES),
        "text": text.expand(-1, 6, -1).flatten(0, 1).half(),
        "films": torch.zeros(0),
    }
    (tmp_path / "features").mkdir()
    save_file({k: v.contiguous() for k, v in tensors.items()}, tmp_path / "features" / "block-000.safetensors")
    return tmp_path


def test_it_learns_from_codes_and_words_and_is_written_with_its_codec(runs: Path) -> None:
    words = ["--runs", str(runs), "--codec", str(runs / "codec"), "--out", str(runs / "out"), "--noise", "0"]
    main([*words, "--total-steps", "120", "--batch", "2", "--rate", "3e-3", "--text-dropout", "0"])
    refiner = load_refiner(runs / "out" / "refiner.safetensors")
    assert load_codec(runs / "out" / "codec.safetensors").latent_dim == MADE + ADDED
    block = torch.randn(16, 4, MADE, generator=torch.Generator().manual_seed(5))
    text = load_file(runs / "features" / "block-000.safetensors")["text"][::6].float().repeat(2, 1)
    noise = torch.randn(16, 4, ADDED, generator=torch.Generator().manual_seed(6))
    added = refiner.completed(block, text, noise, refiner.initial_state(16), steps=8)[..., MADE:]
    follows = torch.corrcoef(torch.stack([added[..., :6].mean(-1).flatten(), -block[..., 0].flatten()]))[0, 1]
    assert follows > 0.9
    told = torch.sign(text[:, None, :1]).expand(-1, 4, ADDED - 6)
    assert (torch.sign(added[..., 6:]) == told).float().mean() > 0.95
    # Stopped and started again, it is where it was.
    main([*words, "--total-steps", "120", "--batch", "2"])
    again = load_refiner(runs / "out" / "refiner.safetensors")
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), refiner.parameters(), strict=True))


def test_features_of_another_codec_and_a_codec_without_added_codes_are_refused(runs: Path) -> None:
    plain = runs / "plain"
    plain.mkdir()
    save_codec(plain / "codec.safetensors", XsFoaVae(TINY_CODEC))
    with pytest.raises(InvalidInputError, match="train codec-partials"):
        main(["--runs", str(runs), "--codec", str(plain), "--out", str(runs / "out")])
    save_codec(plain / "codec.safetensors", with_added_codes(XsFoaVae(TINY_CODEC), PARTIALS + 1))
    with pytest.raises(InvalidInputError, match="latents of"):
        main(["--runs", str(runs), "--codec", str(plain), "--out", str(runs / "out")])


def test_a_codec_is_not_written_over_itself_and_numbers_are_checked(runs: Path) -> None:
    words = ["--codec", str(runs / "codec")]
    with pytest.raises(ExportError):
        parse_options([*words, "--out", str(runs / "codec")])
    for wrong in (["--batch", "0"], ["--noise", "-1"], ["--text-dropout", "2"]):
        with pytest.raises(InvalidInputError):
            parse_options([*words, "--out", str(runs / "out"), *wrong])


def test_harmonics_of_a_pitch_are_left_to_the_pulses_and_a_bell_is_not() -> None:
    codec = with_added_codes(XsFoaVae(replace(TINY_CODEC, latent_dim=20, pitch_codes=True)), 24).eval()
    time = torch.arange(4 * 48_000) / 48_000

    def kept(*partials_hz: float) -> float:
        wave = sum(torch.sin(2 * torch.pi * hz * time) for hz in partials_hz) / (10 * len(partials_hz))
        with torch.inference_mode():
            latents = codec.encode(torch.stack([wave, wave, 0 * wave, 0 * wave])[None])
        shares = slice(20 + 24, 20 + 48)
        before, after = (v[..., shares].clamp(min=0.0).sum() for v in (latents, beyond_pulses(codec, latents)))
        assert before > 10.0
        return float(after / before)

    assert kept(*(220.0 * n for n in range(1, 12))) < 0.1
    assert kept(401.0, 667.0, 1_013.0, 1_439.0, 1_933.0, 2_551.0, 3_373.0, 4_409.0) > 0.8
