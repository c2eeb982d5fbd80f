"""The keys of a block's patches change with what its sound is made from, from that time on, and with nothing else."""

from dataclasses import replace

import pytest

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.guidance import Guidance
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


def test_keys_stay_until_the_sound_changes() -> None:
    """Whoever changes the sound of the same plan on purpose records new keys: then all takes are made again."""
    later = replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot("rain"),), 5 * PATCH_SAMPLES)))
    assert keys(count=1)[0].hex() == "bd0cbf086a8bf247ff51525e48555ba3e994fb36dd7f3220b1ed76126d3b8578"
    assert keys(later)[4].hex().startswith("c8876f25b809")


def test_a_change_of_words_keeps_what_came_before_it() -> None:
    later = replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot("rain"),), 5 * PATCH_SAMPLES)))
    assert common_patches(keys(later), keys()) == 5
    # The words of a patch are those at its middle.
    half = replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot("rain"),), 5 * PATCH_SAMPLES + PATCH_SAMPLES // 2 + 1)))
    assert common_patches(keys(half), keys()) == 6


@pytest.mark.parametrize(
    ("constant", "recipe", "kept"),
    [
        ("_CHANGED_WORDS", RECIPE, PATCHES),
        ("_CHANGED_WORDS", replace(RECIPE, cues=(*RECIPE.cues, Cue((PromptSlot("rain"),), 5 * PATCH_SAMPLES))), 5),
        ("_PLACED", RECIPE, PATCHES),
        ("_PLACED", replace(RECIPE, direction=Direction(90.0, 0.0)), 0),
        ("_FILM_PLACE", RECIPE, PATCHES),
        ("_FILM_PLACE", replace(RECIPE, cues=(Cue(),)), 0),
        ("_FILM_PLACE", replace(RECIPE, cues=(Cue(),), direction=Direction(90.0, 0.0)), PATCHES),
        ("_VERSION", RECIPE, 0),
    ],
)
def test_what_sounds_different_now_is_made_again_and_nothing_else(
    constant: str, recipe: Recipe, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keys(recipe)
    monkeypatch.setattr(f"engine.rendering.blocks.keys.{constant}", 99)
    assert common_patches(keys(recipe), made) == kept


def test_other_guidance_is_another_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keys()
    monkeypatch.setattr("engine.rendering.blocks.keys.DEFAULT_GUIDANCE", Guidance(parallel=1.0))
    assert common_patches(keys(), made) == 0


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
