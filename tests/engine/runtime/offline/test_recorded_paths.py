"""A path that a hand recorded is followed in the exported file, measured every half second."""

import math

import numpy as np
import pytest
import soundfile

from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction, angle_between
from engine.contract.scene.blocks import Convention, FileReference
from engine.contract.scene.edits.placing import record_path
from engine.contract.scene.hand_path import thinned
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.scene import Scene
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene
from tests.engine.rendering.mix.mixing import SECOND, generated, lane, noise, recording, scene
from tests.fakes import FakePatchSource, FakeSource

SECONDS = 8.0
FRAME = SECOND // 60


def hand_at(t_s: float) -> Direction:
    """Return where the hand is: across the back, up and down, up to 70 degrees per second."""
    azimuth = 120.0 + 60.0 * math.sin(2.0 * math.pi * t_s / 6.0) + 8.0 * t_s
    return Direction(math.remainder(azimuth, 360.0), 25.0 * math.sin(2.0 * math.pi * t_s / 4.0))


def recorded(what: Scene) -> Scene:
    places = (Keyframe(k * FRAME, hand_at(k / 60.0)) for k in range(round(60 * SECONDS)))
    return record_path(what, 1, thinned(tuple(places), PathInterpolation.GREAT_CIRCLE)).scene


def worst_deg(file, start_s: float = 0.0) -> float:
    """Return the largest angle between the hand and the sound of half a second, each at its middle."""
    field, _ = read_ambix(file)
    half, off = SECOND // 2, []
    for part in range(field.shape[1] // half):
        direction, _ = direction_and_diffuseness(field[:, part * half : (part + 1) * half])
        wanted = hand_at(start_s + 0.5 * part + 0.25).unit_vector()
        off.append(math.degrees(float(angle_between(direction, wanted))))
    return max(off)


@pytest.mark.slow
@pytest.mark.parametrize("sound", ["mono", "field", "take"])
def test_the_export_follows_the_hand_to_5_degrees(tmp_path, sound: str) -> None:
    length = round(SECONDS * SECOND)
    file = tmp_path / "sound.wav"
    made = noise(length)[None] if sound == "mono" else np.stack([noise(length), *np.zeros((2, length)), noise(length)])
    soundfile.write(file, made.T.astype(np.float32), SECOND, "FLOAT")  # the field comes from the front
    if sound == "take":
        block = generated(11, SECONDS)  # the model puts its tone in front
    else:
        convention = Convention.MONO if sound == "mono" else Convention.AMBIX
        block = recording(11, SECONDS, convention, file=FileReference(str(file)))
    what = recorded(scene(lane(1, block, path=LanePath.fixed(Direction(0.0))), seconds=SECONDS))
    job = SceneJob(what, tmp_path / "out")
    render_scene(job, lambda: FakePatchSource(FakeSource()))
    assert len(what.lanes[0].path.keyframes) < 60
    assert worst_deg(job.mix) < 5.0
