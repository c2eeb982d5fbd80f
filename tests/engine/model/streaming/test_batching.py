"""States of streams become one batch and come apart again, unchanged."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from engine.model.streaming.batching import joined, parted
from engine.model.weights.checkpoint import load_folder_codec


@dataclass(frozen=True)
class Nested:
    value: Tensor
    parts: tuple[Tensor, ...]
    missing: Tensor | None


def nested(seed: float) -> Nested:
    return Nested(torch.full((1, 2), seed), (torch.full((1,), seed), torch.full((1, 3, 4), -seed)), None)


def test_states_join_and_part() -> None:
    both = joined([nested(1.0), nested(2.0)])
    assert both.value.tolist() == [[1.0, 1.0], [2.0, 2.0]]
    assert both.parts[1].shape == (2, 3, 4)
    assert both.missing is None
    for own, seed in zip(parted(both, 2), (1.0, 2.0), strict=True):
        assert torch.equal(own.value, nested(seed).value)
        assert all(torch.equal(a, b) for a, b in zip(own.parts, nested(seed).parts, strict=True))


def test_one_stream_is_handed_through() -> None:
    alone = nested(3.0)
    assert joined([alone]) is alone
    assert parted(alone, 1) == (alone,)


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(TypeError, match="int is no state"):
        joined([1, 2])


def test_streams_of_any_age_are_decoded_together_as_alone() -> None:
    torch.set_num_threads(1)
    codec = load_folder_codec()
    latents = torch.randn(3, 12, codec.latent_dim, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        states = []
        for stream, age in enumerate((0, 4, 8)):
            state = codec.initial_state(1, stream=stream)
            states.append(codec.decode_step(latents[stream : stream + 1, :age], state)[1] if age else state)
        alone = [codec.decode_step(latents[i : i + 1, 8:], state) for i, state in enumerate(states)]
        foa, after = codec.decode_step(latents[:, 8:], joined(states))
        for index, (own, state) in enumerate(alone):
            assert (foa[index] - own[0]).abs().max() < 1e-4
            mine = parted(after, 3)[index]
            assert torch.equal(mine.synthesis.frame, state.synthesis.frame)
            assert torch.allclose(mine.synthesis.tail, state.synthesis.tail, atol=1e-4)
