"""Stable Audio's VAE into ours: every layout that goes around, and a sentence for every file that is none."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.contract.errors import CheckpointError
from engine.model.codec.import_stable_audio import import_codec, read_stable_audio
from engine.model.codec.oobleck import PROJECT_STRIDES, OobleckFoaVae
from engine.model.codec.oobleck_layout import find_vae
from engine.model.weights.checkpoint import load_codec, save_codec
from tests.engine.model.codec.stable_audio_files import (
    FIVE_STRIDES,
    STEREO,
    diffusers_names,
    plain_names,
    random_codec,
    under,
    weight_normed,
)

OTHERS = {"model.model.to_qkv.weight": torch.zeros(3, 3), "conditioner.embed.weight": torch.zeros(2)}


@pytest.fixture(scope="module")
def stereo() -> OobleckFoaVae:
    return random_codec(STEREO)


def same(one: OobleckFoaVae, other: OobleckFoaVae) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(torch.allclose(first[k], second[k], atol=1e-6) for k in first)


def layouts(codec: OobleckFoaVae) -> dict[str, dict[str, Tensor]]:
    plain = plain_names(codec)
    normed = weight_normed(plain)
    new = weight_normed(plain, "parametrizations.weight.original0", "parametrizations.weight.original1")
    old_copy = under("autoencoder.", weight_normed(plain_names(random_codec(STEREO, seed=9))))
    return {
        "plain": plain,
        "weight norm": normed,
        "parametrized weight norm": new,
        "trained by stable-audio-tools": under("autoencoder.", normed),
        "with an average of its weights": old_copy | under("autoencoder_ema.ema_model.", normed),
        "inside a diffusion model": under("pretransform.model.", normed) | OTHERS,
        "Diffusers": diffusers_names(normed, blocks=3),
    }


@pytest.mark.parametrize("layout", layouts(random_codec(STEREO)))
@pytest.mark.parametrize("ending", ["safetensors", "ckpt", "bare.ckpt", "old.ckpt"])
def test_every_layout_gives_the_same_codec(layout: str, ending: str, stereo: OobleckFoaVae, tmp_path: Path) -> None:
    path, tensors = tmp_path / f"vae.{ending}", layouts(stereo)[layout]
    if ending == "safetensors":
        save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    else:
        held = tensors if ending == "bare.ckpt" else {"state_dict": tensors, "epoch": 3}
        torch.save(held, path, _use_new_zipfile_serialization=ending != "old.ckpt")
    read = read_stable_audio(path)
    assert read.spec == STEREO
    assert same(read, stereo)


def test_half_precision_is_taken_as_float32(stereo: OobleckFoaVae, tmp_path: Path) -> None:
    save_file({k: v.half() for k, v in plain_names(stereo).items()}, tmp_path / "vae.safetensors")
    read = read_stable_audio(tmp_path / "vae.safetensors")
    assert all(value.dtype == torch.float32 for value in read.state_dict().values())


def test_diffusers_names_are_those_of_its_source() -> None:
    pairs = {
        "encoder.conv1.weight_v": "encoder.layers.0.weight_v",
        "encoder.block.0.res_unit1.snake2.beta": "encoder.layers.1.layers.0.layers.2.beta",
        "encoder.block.1.conv1.bias": "encoder.layers.2.layers.4.bias",
        "encoder.snake1.alpha": "encoder.layers.3.alpha",
        "decoder.block.1.res_unit2.conv1.weight_g": "decoder.layers.2.layers.3.layers.1.weight_g",
        "decoder.block.0.conv_t1.weight_v": "decoder.layers.1.layers.1.weight_v",
        "decoder.conv1.weight_v": "decoder.layers.0.weight_v",
        "decoder.conv2.weight_v": "decoder.layers.4.weight_v",
    }
    assert find_vae(pairs) == {told: name for name, told in pairs.items()}


def test_an_imported_codec_survives_its_file(stereo: OobleckFoaVae, tmp_path: Path) -> None:
    save_file(plain_names(stereo), tmp_path / "vae.safetensors")
    imported = import_codec(tmp_path / "vae.safetensors")
    save_codec(tmp_path / "codec.safetensors", imported.codec)
    loaded = load_codec(tmp_path / "codec.safetensors")
    assert isinstance(loaded, OobleckFoaVae)
    assert loaded.spec == replace(STEREO, audio_channels=4)
    assert same(loaded, imported.codec)


def test_the_projects_grid_is_that_of_a_generator(tmp_path: Path) -> None:
    save_file(plain_names(random_codec(FIVE_STRIDES)), tmp_path / "vae.safetensors")
    kept, drawn = (import_codec(tmp_path / "vae.safetensors", grid).codec for grid in ("keep", "project"))
    assert (kept.latent_samples, drawn.latent_samples) == (2048, 1920)
    assert drawn.spec.strides == PROJECT_STRIDES
    latents = drawn.encode(torch.randn(1, 4, 2 * 1920))
    assert drawn.decode(latents).shape == (1, 4, 2 * 1920)
    assert not torch.allclose(latents[:, 0], latents[:, 1])


def test_it_says_what_was_imported_and_what_it_is_good_for(stereo: OobleckFoaVae, tmp_path: Path) -> None:
    save_file(plain_names(stereo), tmp_path / "vae.safetensors")
    text = import_codec(tmp_path / "vae.safetensors").describe()
    for part in ("4 channels x 1/2/3", "strides 2/4/6 = 48 samples", "from stereo", "causal", "start for fine-tuning"):
        assert part in text
    assert "\n" not in text


def test_a_vae_of_four_channels_is_kept_as_it_is(tmp_path: Path) -> None:
    foa = random_codec(replace(STEREO, audio_channels=4))
    save_file(plain_names(foa), tmp_path / "vae.safetensors")
    imported = import_codec(tmp_path / "vae.safetensors")
    assert same(imported.codec, foa)
    assert "stereo" not in imported.describe()


class _Command:
    """A pickle that would run a command when it is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_a_checkpoint_that_wants_to_run_code_is_not_opened(stereo: OobleckFoaVae, tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    torch.save({"state_dict": plain_names(stereo), "callbacks": _Command(trace)}, tmp_path / "vae.ckpt")
    with pytest.raises(CheckpointError, match="was not opened"):
        import_codec(tmp_path / "vae.ckpt")
    assert not trace.exists()


@pytest.mark.parametrize("ending", ["safetensors", "ckpt", "old.ckpt"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_a_cut_file_is_told(ending: str, kept: float, stereo: OobleckFoaVae, tmp_path: Path) -> None:
    path = tmp_path / f"vae.{ending}"
    if ending == "safetensors":
        save_file(plain_names(stereo), path)
    else:
        torch.save(plain_names(stereo), path, _use_new_zipfile_serialization=ending == "ckpt")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(CheckpointError, match=r"vae\.\S+ (is damaged|holds more than weights)"):
        import_codec(path)


def test_what_is_no_weights_file_is_told(tmp_path: Path) -> None:
    for content in (b"", b"RIFF....WAVE and more", b"\x80\x02nonsense", b"PK\x03\x04 nonsense", b'12345678{"a": '):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(CheckpointError, match="x "):
            import_codec(tmp_path / "x")
    with pytest.raises(CheckpointError, match="cannot be read"):
        import_codec(tmp_path / "missing")


def test_a_few_numbers_that_pose_as_a_huge_tensor_are_told(stereo: OobleckFoaVae, tmp_path: Path) -> None:
    tensors = plain_names(stereo)
    tensors["encoder.layers.0.weight"] = torch.zeros(1).expand(1 << 20, 1 << 10, 7)
    torch.save(tensors, tmp_path / "vae.ckpt")
    with pytest.raises(CheckpointError, match="not a plain array"):
        import_codec(tmp_path / "vae.ckpt")


def _without(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key: value for key, value in tensors.items() if key != name}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: OTHERS, "holds no Oobleck autoencoder"),
        (lambda t: {k: v for k, v in t.items() if not k.startswith("decoder.")}, "holds no Oobleck autoencoder"),
        (lambda t: _without(t, "decoder.layers.2.layers.3.layers.1.weight"), "lacks 'decoder.layers.2.layers.3"),
        (lambda t: _without(t, "encoder.layers.5.weight"), "lacks 'encoder.layers.5.weight'"),
        (lambda t: _without(t, "encoder.layers.4.alpha"), "lacks 'encoder.layers.4.alpha'"),
        (lambda t: _without(weight_normed(t), "encoder.layers.0.weight_g"), "lacks 'encoder.layers.0.weight_g'"),
        (
            lambda t: weight_normed(t) | {"encoder.layers.0.weight_g": torch.zeros(3, 1, 1)},
            "does not fit its directions",
        ),
        (lambda t: weight_normed(t) | {"encoder.layers.0.weight_v": torch.tensor(1.0)}, "does not fit its directions"),
        (lambda t: t | {"encoder.layers.9.alpha": torch.zeros(2)}, "another kind of autoencoder"),
        (lambda t: t | {"bottleneck.scale": torch.zeros(2)}, "another kind of autoencoder"),
        (lambda t: t | {"decoder.layers.0.bias": torch.zeros(5)}, "does not fit together"),
        (lambda t: t | {"encoder.layers.0.weight": torch.zeros(4, 7)}, "unknown sizes"),
        (lambda t: t | {"encoder.layers.1.layers.4.weight": torch.zeros(4, 4, 3)}, "unknown sizes"),
        (lambda t: t | {"encoder.layers.5.weight": torch.zeros(3, 12, 3)}, "not a VAE"),
        (lambda t: t | {"encoder.layers.0.bias": torch.full((4,), torch.nan)}, "not finite"),
        (lambda t: t | {"encoder.layers.0.bias": torch.zeros(4, dtype=torch.int32)}, "not a plain array"),
    ],
)
def test_what_is_no_stable_audio_vae_is_told(change, told: str, stereo: OobleckFoaVae, tmp_path: Path) -> None:
    save_file({k: v.contiguous() for k, v in change(plain_names(stereo)).items()}, tmp_path / "vae.safetensors")
    with pytest.raises(CheckpointError, match=r"vae\.safetensors") as caught:
        import_codec(tmp_path / "vae.safetensors")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_channels_and_strides_that_do_not_fit_are_told(stereo: OobleckFoaVae, tmp_path: Path) -> None:
    save_file(plain_names(random_codec(replace(STEREO, audio_channels=1))), tmp_path / "mono.safetensors")
    with pytest.raises(CheckpointError, match="is for 1 channels"):
        import_codec(tmp_path / "mono.safetensors")
    save_file(plain_names(stereo), tmp_path / "vae.safetensors")
    with pytest.raises(CheckpointError, match="use --strides keep"):
        import_codec(tmp_path / "vae.safetensors", "project")
