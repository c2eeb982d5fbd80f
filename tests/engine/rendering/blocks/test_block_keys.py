"""The keys of a block's patches change with what its sound is made from, from that time on, and with nothing else."""

from dataclasses import replace

import pytest

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.scene.blocks import FileReference, GeneratedBlock
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.rendering.blocks.keys import Maker, common_patches, maker_for, patch_keys
from engine.rendering.blocks.requests import patch_plans, patches_of

PATCHES = 12
MAKER = Maker("weights", "torch", "film")
RECIPE = Recipe.of("a dog barks", seed=3, film_sample=48_000)


class Source:
    checkpoint_sha256 = "weights"
    runtime = "torch"


def keys(recipe: Recipe = RECIPE, maker: Maker = MAKER, count: int = PATCHES) -> list[bytes]:
    return patch_keys(maker, recipe.seed, patch_plans(recipe, count))


@pytest.mark.parametrize(
    "recipe",
    [
        replace(RECIPE, seed=4),
        replace(RECIPE, steps=4),
        replace(RECIPE, film_sample=48_001),
        replace(RECIPE, film_sample=None),
        replace(RECIPE, direction=Direction(90.0, 0.0)),
        replace(RECIPE, cues=(Cue((PromptSlot("a dog barks", 0.5),)),)),
        replace(RECIPE, cues=(Cue((PromptSlot("a dog barks."),)),)),
    ],
)
def test_every_part_of_a_recipe_counts(recipe: Recipe) -> None:
    assert common_patches(keys(recipe), keys()) == 0


@pytest.mark.parametrize("maker", [replace(MAKER, model="x"), replace(MAKER, runtime="x"), replace(MAKER, film="x")])
def test_the_maker_counts(maker: Maker) -> None:
    assert common_patches(keys(maker=maker), keys()) == 0


def test_the_continued_recording_counts_by_what_is_in_it() -> None:
    wind = FileReference("/sounds/wind.wav", "sampled-sha256:" + "0" * 64)
    made = [
        maker_for(Source(), replace(RECIPE, continued=file), None)
        for file in (wind, replace(wind, path="/moved/wind.wav"), replace(wind, content="sampled-sha256:" + "1" * 64))
    ]
    assert keys(maker=made[0]) == keys(maker=made[1])
    assert common_patches(keys(maker=made[0]), keys(maker=made[2])) == 0
    assert common_patches(keys(maker=made[0]), keys(maker=maker_for(Source(), RECIPE, None))) == 0


def test_keys_of_takes_made_before_recordings_could_be_continued_stay() -> None:
    assert keys(count=1)[0].hex() == "22fd3b795a5fda1499f4dea3d0d924cc7ce2f463699f101a7e9598b7fe82ef2a"


def test_a_change_of_words_keeps_what_came_before_it() -> None:
    later = replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot("rain"),), 5 * PATCH_SAMPLES)))
    assert common_patches(keys(later), keys()) == 5
    # The words of a patch are those at its middle.
    half = replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot("rain"),), 5 * PATCH_SAMPLES + PATCH_SAMPLES // 2 + 1)))
    assert common_patches(keys(half), keys()) == 6


def test_takes_from_when_a_change_of_words_was_mixed_in_are_kept_up_to_the_change() -> None:
    later = replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot("rain"),), 5 * PATCH_SAMPLES)))
    made = [key.hex() for key in keys(later)[4:6]]
    assert made[0].startswith("da38b409830f")
    assert not made[1].startswith("16c806857e5a")


def test_takes_that_were_not_made_in_their_direction_are_made_again() -> None:
    first = keys(replace(RECIPE, direction=Direction(90.0, 0.0)))[0].hex()
    assert not first.startswith("eec6b3ab3579")


def test_takes_of_the_film_alone_are_made_again_where_it_shows_its_sound() -> None:
    silent = replace(RECIPE, cues=(Cue(),))
    assert not keys(silent)[0].hex().startswith("930a2abc8393")
    # Words, a direction or no film: the place is not the film's.
    assert keys()[0].hex().startswith("22fd3b795a5f")


def test_a_longer_block_begins_as_the_shorter_one() -> None:
    assert keys(count=20)[:PATCHES] == keys()
    assert common_patches(keys(count=20), keys()) == PATCHES


def test_default_steps_are_those_of_the_engine() -> None:
    assert keys(replace(RECIPE, steps=5)) == keys()


def test_a_ramp_mixes_the_words_by_their_shares() -> None:
    cues = (*RECIPE.cues, Cue((PromptSlot("rain", 2.0),), 4 * PATCH_SAMPLES, 4 * PATCH_SAMPLES))
    plans = patch_plans(replace(RECIPE, cues=cues), 10)
    assert plans[3].parts == (("a dog barks", 1.0),)
    assert plans[4].parts == (("a dog barks", 0.875), ("rain", 0.25))
    assert plans[7].parts == (("a dog barks", 0.125), ("rain", 1.75))
    assert plans[8].parts == (("rain", 2.0),)
    assert plans[4].prompt.parts == plans[4].parts
    silent = patch_plans(replace(RECIPE, cues=(Cue(),)), 1)[0]
    assert silent.prompt.parts == ()


def test_a_block_needs_patches_up_to_its_end() -> None:
    block = GeneratedBlock(block_id=1, length_samples=10 * PATCH_SAMPLES, recipe=RECIPE)
    assert patches_of(block) == 10
    assert patches_of(replace(block, before_samples=1)) == 11


def test_the_common_part_is_found_in_any_place() -> None:
    made = keys()
    for count in range(PATCHES + 1):
        other = made[:count] + [b"other" + bytes([i]) for i in range(PATCHES - count)]
        assert common_patches(made, other) == count
    assert common_patches([], made) == 0
