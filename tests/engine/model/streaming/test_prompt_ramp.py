"""A prompt that changes while it plays arrives over a few patches and does not pass through other meanings."""

import pytest
import torch

from engine.contract.control import Prompt
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.conditioning.text import TEXT_DIM, TextEncoder
from engine.model.streaming.prompt_ramp import PROMPT_RAMP_PATCHES, PromptRamp


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder()


def test_a_changed_prompt_arrives_over_a_few_patches(encoder: TextEncoder) -> None:
    ramp = PromptRamp(PromptEncoder(encoder), TEXT_DIM)
    first, weight = ramp.advance(Prompt("rain"))
    assert weight == 1.0
    steps = [ramp.advance(Prompt("a barking dog"))[0] for _ in range(PROMPT_RAMP_PATCHES + 1)]
    goal = encoder.encode(["a barking dog"])[0]
    distances = [float((s - goal).norm()) for s in steps]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] < float((first - goal).norm())
    assert distances[-1] == pytest.approx(0.0, abs=1e-5)


def test_an_emptied_prompt_fades_out_without_another_meaning(encoder: TextEncoder) -> None:
    ramp = PromptRamp(PromptEncoder(encoder), TEXT_DIM)
    before, _ = ramp.advance(Prompt("rain"))
    weights = []
    for _ in range(PROMPT_RAMP_PATCHES + 1):
        embedding, weight = ramp.advance(Prompt(""))
        weights.append(weight)
        assert torch.allclose(embedding, before, atol=1e-6)
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] == 0.0


def test_texts_side_by_side_are_mixed_by_weight(encoder: TextEncoder) -> None:
    reader = PromptEncoder(encoder)
    rain, dog = (reader.meaning(text) for text in ("rain", "a barking dog"))

    def mixed(prompt: Prompt) -> torch.Tensor:
        return PromptRamp(reader, TEXT_DIM).advance(prompt)[0]

    even = mixed(Prompt("rain", 1.0, (("a barking dog", 1.0),)))
    assert float(even.norm()) == pytest.approx(1.0, abs=1e-5)
    assert float(even @ rain) == pytest.approx(float(even @ dog), abs=1e-5)
    wet = mixed(Prompt("rain", 3.0, (("a barking dog", 1.0),)))
    assert float(wet @ rain) > float(even @ rain) > float(rain @ dog)
    # A text without weight or words does not count, and one alone is what it is.
    assert torch.equal(mixed(Prompt("", 1.0, (("rain", 0.5), ("a barking dog", 0.0)))), rain)
    assert PromptRamp(reader, TEXT_DIM).advance(Prompt("rain", 0.5, (("wind", 0.25),)))[1] == 0.5


def test_a_ramp_between_two_prompts_reads_each_once(encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, read = PromptEncoder(encoder), []
    honest = encoder.encode
    monkeypatch.setattr(encoder, "encode", lambda texts: read.append(texts) or honest(texts))
    ramp = PromptRamp(reader, TEXT_DIM)
    for share in (0.2, 0.4, 0.6, 0.8):
        ramp.advance(Prompt("rain", 1.0 - share, (("wind", share),)))
    assert read == [["rain"], ["wind"]]


def test_a_remark_is_made_once_however_the_weights_change(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = PromptEncoder(encoder)
    monkeypatch.setattr(reader, "remarks", lambda text: (f"{text}?",))
    ramp, made = PromptRamp(reader, TEXT_DIM), []
    for share in (0.0, 0.4, 0.8, 1.0):
        ramp.advance(Prompt("rain", 1.0 - share, (("wind", share),)))
        made.append(ramp.remarks)
    assert made == [("rain?",), ("wind?",), (), ()]
