"""What is auditioned is what is heard: the samples of that take, as loud as the other one."""

from dataclasses import replace

import numpy as np
import pytest

from engine.ambisonics.loudness import LevelMeter, weighted_power
from engine.ambisonics.matching import matched_gains_db
from engine.contract.conventions import AcnChannel
from engine.contract.scene.edits.auditioning import auditioned
from engine.contract.scene.recipe import Recipe
from engine.runtime.block_takes.store import BlockTakes
from tests.engine.rendering.mix.mixing import SECOND, lane, scene
from tests.engine.runtime.ear.scene_rig import SceneRig
from tests.engine.runtime.ear.scenes_of_tones import made, tone_block

pytestmark = pytest.mark.slow


def samples_of(folder, take_id: str) -> np.ndarray:
    with BlockTakes(folder).open(take_id) as take:
        return np.concatenate([take.patch(index).samples for index in range(take.patches)], axis=1)


def start(rig: SceneRig) -> None:
    """Play from the start, out of silence."""
    rig.state.play = False
    rig.listen(4)
    rig.seek(0)
    rig.listen(2)
    rig.state.play = True


@pytest.fixture
def rig(tmp_path):
    made_rig = SceneRig(tmp_path)
    yield made_rig
    made_rig.close()


def test_the_take_that_is_auditioned_is_heard_at_the_loudness_of_the_other(rig, tmp_path):
    block = made(tone_block(10, 1000, 2.0), tmp_path)
    other = made(replace(tone_block(10, 60, 2.0), recipe=Recipe.of("a tone of 60 Hz", seed=3)), tmp_path)
    document = scene(lane(1, block), seconds=2.0)
    takes = (block.takes[0], other.takes[0])
    levels = []
    for take in takes:
        meter = LevelMeter()
        meter.add(samples_of(tmp_path, take.take_id))
        levels.append(meter.level())
    loudness, fields = [], []
    for take, gain_db in zip(takes, matched_gains_db(levels), strict=True):
        rig.play(auditioned(document, 10, take, gain_db))
        start(rig)
        mixed = rig.mixed()
        rig.listen(170)
        heard = np.concatenate(mixed, axis=1)[:4, SECOND // 4 : 3 * SECOND // 2]
        fields.append(heard)
        mine = samples_of(tmp_path, take.take_id)[:, SECOND // 4 : 3 * SECOND // 2]
        gain = float(np.vdot(mine, heard) / np.vdot(mine, mine))
        assert np.abs(heard - gain * mine).max() < 1e-4 * np.abs(heard).max()
        power = weighted_power(heard[AcnChannel.W][: 25 * 1920].astype(np.float32)).mean()
        loudness.append(10.0 * np.log10(power))
    assert loudness[0] == pytest.approx(loudness[1], abs=0.5)
    correlation = np.vdot(fields[0], fields[1]) / np.sqrt(np.vdot(fields[0], fields[0]) * np.vdot(fields[1], fields[1]))
    assert abs(correlation) < 0.1


def test_when_it_is_over_the_scene_is_heard_bit_for_bit(rig, tmp_path):
    block = made(tone_block(10, 1000, 1.0), tmp_path)
    other = made(replace(tone_block(10, 300, 1.0), recipe=Recipe.of("a tone of 300 Hz", seed=3)), tmp_path)
    document = scene(lane(1, block), seconds=1.0)
    heard = []
    for played in (document, auditioned(document, 10, other.takes[0]), document):
        rig.play(played)
        start(rig)
        heard.append(rig.listen(60))
    np.testing.assert_array_equal(heard[0], heard[2])
    assert np.abs(heard[0] - heard[1]).max() > 0.01
