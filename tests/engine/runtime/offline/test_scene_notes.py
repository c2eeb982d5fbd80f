"""The files of a scene name the weights that made their sound, by lane; recordings name none."""

from pathlib import Path

import pytest

from engine.contract.generation import PatchSource
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from engine.export.layouts import model_in, says_generated
from engine.export.reading.ambix_reader import read_ambix
from engine.export.reading.wave_notes import wave_notes
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene
from tests.app.delivery.projects import tone, two_sides
from tests.fakes import FakePatchSource, FakeSource

pytestmark = pytest.mark.slow
OTHER = "89abcdef" * 8


class OtherSource(FakePatchSource):
    """A model with other weights."""

    checkpoint_sha256 = OTHER


def rendered(scene: Scene, folder: Path, store: BlockTakes | None = None) -> dict[str, str]:
    """Render a scene with its lanes; return the notes by file name."""
    job = SceneJob(scene, folder, binaural=True, stems=True)
    render_scene(job, lambda: OtherSource(FakeSource()), store)
    found = {}
    for file in job.files:
        notes = wave_notes(file)
        assert notes is not None
        assert notes.ixml_description in (None, notes.description)
        found[file.name] = notes.description or ""
    return found


def test_the_weights_of_each_lane_are_named(tmp_path: Path) -> None:
    scene = tone(two_sides(tmp_path, music=True))
    notes = rendered(scene, tmp_path / "out")
    models = {name: model_in(text) for name, text in notes.items()}
    generated = [name for name in models if name.startswith("1 ")]
    assert generated
    assert all(models[name] == OTHER for name in (*generated, "mix.wav", "binaural.wav"))
    assert all(model == "" for name, model in models.items() if name.startswith(("2 ", "3 ", "head")))
    assert says_generated(notes["mix.wav"])
    field, _ = read_ambix(tmp_path / "out" / "mix.wav")
    assert field.any()


def test_a_scene_of_recordings_names_none(tmp_path: Path) -> None:
    assert not any(model_in(text) for text in rendered(two_sides(tmp_path), tmp_path / "out").values())


def test_a_take_that_is_there_names_the_weights_that_made_it(tmp_path: Path) -> None:
    store = BlockTakes(tmp_path / "takes")
    scene = tone(two_sides(tmp_path))
    job = SceneJob(scene, tmp_path / "first")
    ((_, take_id),) = render_scene(job, lambda: OtherSource(FakeSource()), store).takes_made.items()
    chosen = add_take(scene, 50, SceneTake(take_id, _recipe(scene))).scene
    job = SceneJob(chosen, tmp_path / "second")

    def no_model() -> PatchSource:
        raise AssertionError("the model was loaded")

    render_scene(job, no_model, store)
    notes = wave_notes(job.mix)
    assert notes is not None
    assert model_in(notes.description or "") == OTHER


def _recipe(scene: Scene) -> Recipe:
    block = scene.block(50)
    assert isinstance(block, GeneratedBlock)
    return block.recipe
