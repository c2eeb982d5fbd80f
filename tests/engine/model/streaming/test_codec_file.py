"""A recording through the codec, a second at a time: as long as it was, as one pass gives it, in constant memory."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.contract.errors import InvalidInputError
from engine.export.reading.resample import in_blocks
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.model.streaming import codec_file
from engine.model.streaming.codec_file import LATENTS_AT_ONCE, run_codec


@pytest.fixture
def codec(monkeypatch: pytest.MonkeyPatch) -> XsFoaVae:
    torch.manual_seed(0)
    model = XsFoaVae(replace(TINY_CODEC, latent_dim=20, pitch_codes=True)).eval().requires_grad_(False)
    monkeypatch.setattr(codec_file, "load_folder_codec", lambda *_: model)
    return model


@pytest.mark.parametrize("samples", [1, 1_919, 48_000, 3 * 48_000 + 777, 2 * 48_000 - 100])
def test_what_is_written_is_as_long_and_as_one_pass_gives_it(codec: XsFoaVae, samples: int) -> None:
    foa = (0.1 * np.random.default_rng(samples).standard_normal((4, samples))).astype(np.float32)
    written: list[np.ndarray] = []
    run_codec(lambda size: in_blocks(iter([foa]), 4, size), None, "cpu", written.append)
    streamed = np.concatenate(written, axis=1)
    assert streamed.shape == foa.shape
    unit, delay = codec.latent_samples, codec.delay_samples
    padded = np.pad(foa, ((0, 0), (0, -(samples + delay) % unit + delay)))
    with torch.inference_mode():
        latents = codec.encode(torch.from_numpy(padded[None]))
        state, whole = codec.initial_state(1), []
        for part in latents.split(LATENTS_AT_ONCE, dim=1):
            made, state = codec.decode_step(part, state)
            whole.append(made[0].numpy())
    expected = np.concatenate(whole, axis=1)[:, delay : delay + samples]
    np.testing.assert_allclose(streamed, expected, atol=2e-4)


def test_nothing_is_held_back_but_the_delay(codec: XsFoaVae) -> None:
    written = [0]

    def blocks(size: int) -> Iterator[np.ndarray]:
        for index in range(5):
            assert written[0] >= index * size - codec.delay_samples
            yield np.full((4, size), 0.1, np.float32)

    def write(samples: np.ndarray) -> None:
        written[0] += samples.shape[1]

    run_codec(blocks, None, "cpu", write)
    assert written[0] == 5 * LATENTS_AT_ONCE * codec.latent_samples


def test_an_empty_file_is_told(codec: XsFoaVae) -> None:
    with pytest.raises(InvalidInputError, match="no sound"):
        run_codec(lambda size: iter([]), None, "cpu", lambda samples: None)
