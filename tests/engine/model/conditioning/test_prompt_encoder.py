"""Other words for a known sound come nearer to its names; what is said beside it stays."""

from dataclasses import replace

import pytest
import torch

from engine.contract.errors import InvalidInputError
from engine.model.conditioning.prompt_encoder import PromptEncoder, clauses, without_place
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.conditioning.text import TextEncoder

NAMES = ("dog barking", "rain falling", "sea waves", "church bells", "helicopter rotor", "a baby crying")


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder()


@pytest.fixture(scope="module")
def sounds(encoder: TextEncoder) -> SoundVocabulary:
    return SoundVocabulary(NAMES, encoder.encode(list(NAMES)), torch.zeros(len(NAMES)))


def closeness(embedding: torch.Tensor, sounds: SoundVocabulary) -> dict[str, float]:
    return dict(zip(NAMES, (sounds.embeddings @ embedding).tolist(), strict=True))


@pytest.mark.parametrize(
    ("said", "meant"),
    [("a hound yapping", "dog barking"), ("a steady downpour", "rain falling"), ("a newborn wailing", "a baby crying")],
)
def test_other_words_come_nearer_to_the_sound_that_they_mean(
    said: str, meant: str, encoder: TextEncoder, sounds: SoundVocabulary
) -> None:
    plain, read = (closeness(PromptEncoder(encoder, known).encode([said])[0], sounds) for known in (None, sounds))
    assert max(read, key=lambda name: read[name]) == meant
    assert read[meant] > plain[meant] + 0.2
    assert all(read[name] - plain[name] < read[meant] - plain[meant] for name in NAMES if name != meant)


def test_what_is_known_by_name_stays_what_it_is(encoder: TextEncoder, sounds: SoundVocabulary) -> None:
    read = PromptEncoder(encoder, sounds).encode(["church bells"])[0]
    assert float(read @ encoder.encode(["church bells"])[0]) > 0.999
    assert float(read.norm()) == pytest.approx(1.0, abs=1e-5)


def test_many_at_once_are_what_each_is_alone(encoder: TextEncoder, sounds: SoundVocabulary) -> None:
    texts = ["a hound yapping and a steady downpour", "surf on the left", "flickering and spitting", "church bells"]
    reader = PromptEncoder(encoder, sounds)
    alone = torch.cat([reader.encode([text]) for text in texts])
    assert torch.allclose(reader.encode(texts), alone, atol=1e-4)


def test_the_steadiest_clause_says_whether_a_beat_is_kept(encoder: TextEncoder, sounds: SoundVocabulary) -> None:
    steady = replace(sounds, steady=torch.tensor([float(name == "helicopter rotor") for name in NAMES]))
    reader = PromptEncoder(encoder, steady)
    said = ("a chopper in the sky", "a helicopter on the left and a steady downpour", "a steady downpour")
    assert [reader.steadiness(text) for text in said] == pytest.approx([1.0, 1.0, 0.0], abs=0.1)
    for unknown in (PromptEncoder(encoder, sounds), PromptEncoder(encoder)):
        assert unknown.steadiness("a steady downpour") is None


@pytest.mark.parametrize(
    "steady", [torch.ones(2), torch.full((len(NAMES),), 0.5), torch.full((len(NAMES),), torch.nan)]
)
def test_whether_sounds_keep_a_beat_is_yes_or_no_for_each(steady: torch.Tensor, sounds: SoundVocabulary) -> None:
    with pytest.raises(InvalidInputError, match="keep a beat is 0 or 1 for each"):
        replace(sounds, steady=steady)


def test_without_known_sounds_it_is_the_text_encoder(encoder: TextEncoder) -> None:
    assert torch.equal(
        PromptEncoder(encoder).encode(["a steady downpour"])[0], encoder.encode(["a steady downpour"])[0]
    )


def test_two_sounds_are_both_found(encoder: TextEncoder, sounds: SoundVocabulary) -> None:
    read = closeness(PromptEncoder(encoder, sounds).encode(["a hound yapping and a steady downpour"])[0], sounds)
    assert set(sorted(read, key=lambda name: -read[name])[:2]) == {"dog barking", "rain falling"}


def test_a_place_in_words_is_not_moved_away(encoder: TextEncoder, sounds: SoundVocabulary) -> None:
    reader = PromptEncoder(encoder, sounds)
    left, right = (encoder.encode([f"a hound yapping on the {side}"])[0] for side in ("left", "right"))
    moved = reader.encode(["a hound yapping on the left"])[0] - reader.encode(["a hound yapping on the right"])[0]
    assert float(torch.cosine_similarity(moved, left - right, dim=0)) > 0.95
    assert float(moved.norm()) > 0.6 * float((left - right).norm())


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("a dog barks on the left", "a dog barks"),
        ("rain all around", "rain"),
        ("a bell at the back left, high up", "a bell"),
        ("a car passing by from left to right", "a car"),
        ("a car passing by", "a car passing by"),
        ("a dog moving to the right", "a dog"),
        ("a helicopter", "a helicopter"),
        ("left", "left"),
        ("a leftover bone", "a leftover bone"),
    ],
)
def test_where_it_sounds_is_taken_off(text: str, bare: str) -> None:
    assert without_place(text) == bare


def test_clauses() -> None:
    assert clauses("rain and wind, while a dog barks") == ["rain", "wind", "a dog barks"]
    assert clauses("a sandy band") == ["a sandy band"]
    assert clauses(" and ") == [" and "]
    assert clauses("rain, " * 50) == ["rain, " * 50]


def test_known_sounds_that_do_not_fit_are_refused(sounds: SoundVocabulary) -> None:
    for wrong in (
        {"names": NAMES[:2]},
        {"prior": sounds.prior[:2]},
        {"prior": sounds.prior + torch.nan},
        {"embeddings": sounds.embeddings * torch.inf},
    ):
        with pytest.raises(InvalidInputError, match="Known sounds"):
            replace(sounds, **wrong)
