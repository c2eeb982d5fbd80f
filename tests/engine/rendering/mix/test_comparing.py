"""Two takes of a block are compared at the same loudness, whatever the model made them."""

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.loudness import SourceLevel
from engine.ambisonics.matching import matched_gains_db
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.auditioning import auditioned
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from engine.rendering.mix.mixer import SceneMixer
from engine.rendering.mix.sounds import BlockSound
from tests.engine.rendering.mix.mixing import SECOND, field_sound, generated, level_of, noise

LENGTH = 4 * SECOND


def barks(level: float) -> np.ndarray:
    """A quarter of a second each second, with a high peak: it cannot be raised to the loudness of all others."""
    sound = noise(LENGTH, 1, level)
    sound[np.arange(LENGTH) % SECOND > SECOND // 4] = 0.0
    sound[:: SECOND // 2] = 0.9
    return sound


KINDS = {"loud": noise(LENGTH, 2, 0.3), "quiet": noise(LENGTH, 3, 0.0015), "barks": barks(0.01), "even": noise(LENGTH)}


def take(mono: np.ndarray) -> BlockSound:
    foa = encode_point(mono, Direction(30.0))
    return field_sound(foa, level=level_of(foa))


def heard_db(scene: Scene, block_id: int, take_id: str, gain_db: float, sound: BlockSound) -> float:
    other = auditioned(scene, block_id, SceneTake(take_id, Recipe.of("dog", 7)), gain_db)
    field = SceneMixer(other, {block_id: sound}, limited=False).read(LENGTH).field
    assert np.abs(field[0]).max() <= 1.0
    level = level_of(field).level_db
    assert level is not None
    return level


@pytest.mark.parametrize("a", KINDS)
@pytest.mark.parametrize("b", KINDS)
def test_both_takes_are_equally_loud(a: str, b: str) -> None:
    scene = Scene(lanes=(Lane(lane_id=1, name="Dog", blocks=(generated(2, 4.0),)),), next_id=3, length_samples=LENGTH)
    sounds = take(KINDS[a]), take(KINDS[b])
    gains = matched_gains_db([sound.level for sound in sounds])
    assert max(gains) == 0.0
    first, second = (heard_db(scene, 2, str(i), gains[i], sounds[i]) for i in range(2))
    assert first == pytest.approx(second, abs=0.1)


def test_without_matching_they_are_not() -> None:
    scene = Scene(lanes=(Lane(lane_id=1, name="Dog", blocks=(generated(2, 4.0),)),), next_id=3, length_samples=LENGTH)
    apart = [heard_db(scene, 2, "x", 0.0, take(KINDS[kind])) for kind in ("even", "quiet")]
    assert apart[0] - apart[1] > 6.0


def test_silence_and_nothing_have_no_gain() -> None:
    silent, loud, quiet = SourceLevel(None, 0.0, 0.0), SourceLevel(-28.0, 0.0, 0.5), SourceLevel(-60.0, 0.0, 0.01)
    assert matched_gains_db([]) == ()
    assert matched_gains_db([silent, loud]) == (0.0, 0.0)
    assert matched_gains_db([silent, loud, quiet]) == pytest.approx((0.0, -14.0, 0.0))


def test_an_audition_changes_one_block_for_the_ear() -> None:
    own = SceneTake("own", Recipe.of("dog"))
    block = generated(2, takes=(own,), current="own", gain_db=-55.0)
    scene = Scene(lanes=(Lane(lane_id=1, name="Dog", blocks=(block, generated(3))),), next_id=4)
    other = auditioned(scene, 2, SceneTake("other", Recipe.of("dog", 9)), -10.0)
    heard = other.block(2)
    assert isinstance(heard, GeneratedBlock)
    assert (heard.current, heard.recipe.seed, heard.gain_db) == ("other", 9, -60.0)
    assert other.block(3) is scene.block(3)
    assert auditioned(scene, 2, own).block(2) == block
    with pytest.raises(SceneError, match="no longer exists"):
        auditioned(scene, 5, own)
