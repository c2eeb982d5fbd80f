"""A bed at the ear: the samples of the files, far behind the end of its file, and a seek into it."""

import numpy as np
import pytest
import soundfile

from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention, FileReference
from engine.contract.scene.edits.beds import fill_as_bed, play_once
from engine.contract.scene.place import Keyframe, LanePath
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene
from tests.engine.rendering.mix.mixing import SECOND, lane, noise, recording, scene
from tests.engine.runtime.ear.scene_rig import no_model

pytestmark = pytest.mark.slow


def bed_scene(folder, seconds: float = 3.0):
    """Return a mono bed on a path, and a first-order bed that is narrower than its field, from files of 0.6 s."""
    blocks = []
    for number, (convention, channels) in enumerate([(Convention.MONO, 1), (Convention.AMBIX, 4)], start=11):
        file = folder / f"{number}.wav"
        soundfile.write(file, np.stack([noise(28_800, number + k) for k in range(channels)]).T, SECOND, "FLOAT")
        blocks.append(recording(number, 0.6, convention, file=FileReference(str(file))))
    path = LanePath(tuple(Keyframe(s * SECOND, Direction(90.0 - 50.0 * s)) for s in (0, 1, 2)))
    what = scene(lane(1, blocks[0], path=path), lane(2, blocks[1], width_deg=60.0), seconds=seconds)
    for number in (11, 12):
        what = fill_as_bed(what, number).scene
    return what


def test_the_ear_gets_the_samples_of_the_files(rig, tmp_path):
    document = bed_scene(tmp_path)
    job = SceneJob(document, tmp_path / "out", subtype="float")
    render_scene(job, no_model)
    file = soundfile.read(job.mix, dtype="float32")[0].T
    rig.play(document)
    mixed = rig.mixed()
    rig.listen(300)
    ear = np.concatenate(mixed, axis=1)[:4]
    faded = document.length_samples - 480
    assert np.abs(file[:, 2 * SECOND :]).max() > 0.05
    np.testing.assert_array_equal(ear[:, :faded], file[:, :faded])
    assert rig.state.dropouts.underruns == 0


def test_a_part_of_a_scene_has_the_samples_of_the_whole(tmp_path):
    document = bed_scene(tmp_path)
    whole, part = (
        SceneJob(document, tmp_path / "whole"),
        SceneJob(document, tmp_path / "part", start_sample=72_000, end_sample=120_000),
    )
    for job in (whole, part):
        render_scene(job, no_model)
    all_of_it, some = (soundfile.read(job.mix, dtype="float32")[0] for job in (whole, part))
    np.testing.assert_allclose(some, all_of_it[72_000:120_000], atol=1e-6)


def test_filling_and_unfilling_while_it_plays_does_not_click(rig, tmp_path):
    document = bed_scene(tmp_path)
    rig.play(document)
    heard = [rig.listen(100)]
    for edit in (play_once, fill_as_bed):
        document = edit(document, 11).scene
        rig.play(document)
        heard.append(rig.listen(60))
    # Of both ears: the lane moves from one to the other.
    steps = np.abs(np.diff(np.concatenate(heard, axis=1)[:, 2_000:]))
    assert steps.max() <= 1.1 * np.abs(np.diff(heard[0][:, 2_000:])).max()
    assert np.abs(heard[-1]).max() > 0.02
    assert not any("silent" in str(said) for said in rig.told)
