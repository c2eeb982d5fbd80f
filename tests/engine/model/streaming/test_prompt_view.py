"""A prompt that changes while it plays counts from the next patch on, and passes through no other meaning."""

import pytest
import torch

from engine.contract.control import Prompt
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.conditioning.text import TEXT_DIM, TextEncoder
from engine.model.streaming.prompt_view import PromptView


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder()


def test_a_changed_prompt_counts_from_the_next_patch_on(encoder: TextEncoder) -> None:
    view = PromptView(PromptEncoder(encoder), TEXT_DIM)
    first, weight = view.advance(Prompt("rain"))
    assert weight == 1.0
    changed, weight = view.advance(Prompt("a barking dog"))
    assert weight == 1.0
    assert torch.equal(changed, encoder.encode(["a barking dog"])[0])
    assert not torch.allclose(changed, first, atol=0.01)


def test_an_emptied_prompt_ends_without_another_meaning(encoder: TextEncoder) -> None:
    view = PromptView(PromptEncoder(encoder), TEXT_DIM)
    before, _ = view.advance(Prompt("rain"))
    embedding, weight = view.advance(Prompt(""))
    assert torch.equal(embedding, before)
    assert weight == 0.0


def test_texts_side_by_side_are_mixed_by_weight(encoder: TextEncoder) -> None:
    reader = PromptEncoder(encoder)
    rain, dog = (reader.meaning(text) for text in ("rain", "a barking dog"))

    def mixed(prompt: Prompt) -> torch.Tensor:
        return PromptView(reader, TEXT_DIM).advance(prompt)[0]

    even = mixed(Prompt("rain", 1.0, (("a barking dog", 1.0),)))
    assert float(even.norm()) == pytest.approx(1.0, abs=1e-5)
    assert float(even @ rain) == pytest.approx(float(even @ dog), abs=1e-5)
    wet = mixed(Prompt("rain", 3.0, (("a barking dog", 1.0),)))
    assert float(wet @ rain) > float(even @ rain) > float(rain @ dog)
    # A text without weight or words does not count, and one alone is what it is.
    assert torch.equal(mixed(Prompt("", 1.0, (("rain", 0.5), ("a barking dog", 0.0)))), rain)
    assert PromptView(reader, TEXT_DIM).advance(Prompt("rain", 0.5, (("wind", 0.25),)))[1] == 0.5


def test_a_transition_between_two_prompts_reads_each_once(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, read = PromptEncoder(encoder), []
    honest = encoder.encode
    monkeypatch.setattr(encoder, "encode", lambda texts: read.append(texts) or honest(texts))
    view = PromptView(reader, TEXT_DIM)
    for share in (0.2, 0.4, 0.6, 0.8):
        view.advance(Prompt("rain", 1.0 - share, (("wind", share),)))
    assert read == [["rain"], ["wind"]]


def test_a_remark_is_made_once_however_the_weights_change(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = PromptEncoder(encoder)
    monkeypatch.setattr(reader, "remarks", lambda text: (f"{text}?",))
    view, made = PromptView(reader, TEXT_DIM), []
    for share in (0.0, 0.4, 0.8, 1.0):
        view.advance(Prompt("rain", 1.0 - share, (("wind", share),)))
        made.append(view.remarks)
    assert made == [("rain?",), ("wind?",), (), ()]
