"""What words are said to be read as is what the generator's input is made from."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.contract.known_sounds import KnownAs
from engine.evaluation.probes.text_prompts import TEXT_PROMPTS
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.weights.checkpoint import SHIPPED, load_sound_vocabulary
from engine.model.weights.known_names import checkpoint_identity, known_sounds
from engine.model.weights.prompt_reader import load_prompt_encoder
from engine.words.reading import read_prompt


@pytest.fixture(scope="module")
def reader() -> PromptEncoder:
    return load_prompt_encoder()


@pytest.mark.parametrize("text", [prompt.text for prompt in TEXT_PROMPTS])
def test_the_thirty_paraphrases_are_read_as_the_generator_reads_them(
    text: str, reader: PromptEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names that weigh most in the input, and how near they are, are those that are said."""
    seen: list[Tensor] = []
    whole = SoundVocabulary.meant

    def meant(sounds: SoundVocabulary, embeddings: Tensor) -> Tensor:
        seen.append(embeddings)
        return whole(sounds, embeddings)

    monkeypatch.setattr(SoundVocabulary, "meant", meant)
    made = reader.encode([text])[0]
    (embeddings,) = seen
    said = reader.read_as(text)
    sounds = load_sound_vocabulary(SHIPPED / "sounds.safetensors", embeddings.shape[1])
    assert len(said) == len(embeddings)
    for known, row in zip(said, embeddings, strict=True):
        assert list(known.names) == [sounds.names[index] for index in sounds.most_meant(row)]
        near = float(sounds.similarities(row[None])[0, sounds.names.index(known.names[0])])
        assert known.nearness == pytest.approx(near, abs=1e-4)
    apart = reader._encoder.encode([known.words for known in said])
    shift = (whole(sounds, apart) - apart).mean(dim=0)
    torch.testing.assert_close(
        made, normalize(reader._encoder.encode([text])[0] + 0.7 * shift, dim=0), atol=2e-3, rtol=0.0
    )


def test_each_clause_is_read_as_its_own_sound_and_a_place_is_not_read(reader: PromptEncoder) -> None:
    dog, rain = reader.read_as("a dog barking and rain falling on the left")
    assert "dog" in dog.names[0]
    assert "rain" in rain.names[0]
    assert dog.is_taught
    assert rain.is_taught
    assert (dog.words, rain.words) == ("a dog barking", "rain falling")
    (source,) = read_prompt("rain falling on the left").sources
    assert reader.read_as(source.words) == reader.read_as("rain falling")


def test_a_sound_that_was_not_taught_is_said_to_be_none(reader: PromptEncoder) -> None:
    (known,) = reader.read_as("a theremin concert")
    assert isinstance(known, KnownAs)
    assert not known.is_taught
    assert known.nearness < 0.45


def test_without_known_sounds_there_is_nothing_to_read_as(reader: PromptEncoder) -> None:
    assert PromptEncoder(reader._encoder).read_as("a dog") == ()


def test_the_names_are_read_without_torch_as_with_it() -> None:
    sounds = load_sound_vocabulary(SHIPPED / "sounds.safetensors", 384)
    listed = {sound.name: sound.recordings for sound in known_sounds()}
    assert listed == {name: sounds.recordings(index) for index, name in enumerate(sounds.names)}
    assert len(checkpoint_identity()) == 64
