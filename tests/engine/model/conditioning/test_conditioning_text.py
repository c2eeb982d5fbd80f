import pytest
import torch

from engine.model.conditioning.text import TextEncoder


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder()


def test_embeddings_have_length_one(encoder: TextEncoder) -> None:
    embeddings = encoder.encode(["rain on a tin roof", "a dog"])
    assert embeddings.shape == (2, 384)
    assert embeddings.dtype == torch.float32
    assert torch.allclose(embeddings.norm(dim=1), torch.ones(2), atol=1e-5)


def test_the_published_similarities(encoder: TextEncoder) -> None:
    """The example of the model's public page: 0.695, 0.943 and 0.257."""
    others = ["That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    first, *rest = encoder.encode(["That is a happy person", *others])
    assert torch.allclose(torch.stack(rest) @ first, torch.tensor([0.695, 0.943, 0.257]), atol=2e-3)


def test_padding_changes_nothing(encoder: TextEncoder) -> None:
    alone = encoder.encode(["thunder"])
    beside = encoder.encode(["thunder", "a very long sentence about the quiet sea at the end of a summer evening"])
    assert torch.allclose(alone[0], beside[0], atol=1e-5)


def test_case_does_not_matter_and_meaning_does(encoder: TextEncoder) -> None:
    bark, capitals, hound, waves = encoder.encode(
        ["a dog barks", "A DOG BARKS", "the hound is barking", "ocean waves on a beach"]
    )
    assert torch.allclose(bark, capitals, atol=1e-6)
    assert float(bark @ hound) > float(bark @ waves) + 0.3


def test_very_long_and_strange_texts_do_no_harm(encoder: TextEncoder) -> None:
    embeddings = encoder.encode(["rain " * 5000, "", "\u0000\u202e🐕🐕", "ß" * 300])
    assert torch.isfinite(embeddings).all()
