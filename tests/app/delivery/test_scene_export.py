"""A scene becomes finished files: the sum of its lanes, all of them or none, each checked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.delivery import scene_export
from app.delivery.file_format import FileFormat
from app.delivery.job import Exported
from app.delivery.names import beside
from app.delivery.parts import What, parts_of
from app.delivery.scene_export import SceneExport, export_scene
from app.delivery.scene_film import turned_further
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.directions import Direction, angle_between
from engine.contract.errors import CancelledError, ExportError, InvalidInputError
from engine.contract.generation import PatchSource
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene
from engine.contract.video import Pose, pose_turn
from engine.export.delivery import deliver as delivering
from engine.export.delivery.order import EVERY_FORMAT
from engine.export.reading.ambix_reader import read_ambix
from engine.export.reading.recording import RecordingReader
from engine.export.reading.wave_notes import wave_notes
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene
from engine.video.probe import probe
from tests.app.delivery.projects import SECOND, tone, two_sides
from tests.fakes import FakePatchSource, FakeSource

pytestmark = pytest.mark.slow
MIX = What()


def no_model() -> PatchSource:
    raise AssertionError("the model was loaded")


def exported(
    scene: Scene, out: Path, what: What = MIX, takes: Path | None = None, **form
) -> tuple[Exported, dict[str, Path]]:
    shape = FileFormat(**({"suffix": out.suffix, "coding": "float"} | form))
    files = beside(out, parts_of(scene, what, shape.kind), shape)
    job = SceneExport(scene, takes, shape, files, what.range_s)
    done = export_scene(job, lambda: FakePatchSource(FakeSource()))
    assert all(check.passed for file in done.files for check in file.checks)
    return done, {part.label: path for part, path in files.items()}


def stereo(file: Path) -> np.ndarray:
    with RecordingReader(file) as reader:
        return np.concatenate(list(reader.blocks()), axis=1)


def head_locked(scene: Scene, folder: Path) -> np.ndarray:
    """Return the head-locked sound as `render` writes it."""
    job = SceneJob(scene, folder / "rendered")
    render_scene(job, no_model)
    assert job.head_locked_file is not None
    return stereo(job.head_locked_file)


def azimuth_of(field: np.ndarray) -> float:
    x, y, _ = direction_and_diffuseness(field)[0]
    return float(np.rad2deg(np.arctan2(y, x)))


def test_the_mix_is_that_of_render_and_the_sum_of_its_stems(tmp_path: Path) -> None:
    scene = two_sides(tmp_path)
    _, files = exported(scene, tmp_path / "out.wav", What(stems=True))
    assert [path.name for path in files.values()] == ["out.wav", "out 1 Tap drip.wav", "out 2 犬.wav"]
    mix, left, right = (read_ambix(path)[0] for path in files.values())
    render_scene(SceneJob(scene, tmp_path / "rendered"), no_model)
    np.testing.assert_array_equal(mix, read_ambix(tmp_path / "rendered" / "mix.wav")[0])
    np.testing.assert_allclose(left + right, mix, atol=1e-5)
    assert azimuth_of(left) == pytest.approx(90.0, abs=0.5)
    assert azimuth_of(right) == pytest.approx(-90.0, abs=0.5)


def test_stems_have_the_gain_of_the_mix(tmp_path: Path) -> None:
    given = {"coding": "pcm24", "normalise_lufs": -30.0}
    done, files = exported(two_sides(tmp_path), tmp_path / "out.wav", What(stems=True), **given)
    mix, *stems = done.files
    assert mix.ears.integrated_lufs == pytest.approx(-30.0, abs=0.1)
    assert [stem.gain_db for stem in stems] == [mix.gain_db] * 2
    sounds = [read_ambix(path)[0] for path in files.values()]
    np.testing.assert_allclose(sounds[1] + sounds[2], sounds[0], atol=1e-5)


@pytest.mark.parametrize(("kind", "suffix", "coding"), EVERY_FORMAT, ids=str)
def test_every_format_of_a_project_checks_itself(tmp_path: Path, kind: str, suffix: str, coding: str) -> None:
    scene = two_sides(tmp_path, music=True, with_film=True)
    done, files = exported(scene, tmp_path / f"out{suffix}", kind=kind, coding=coding)
    if kind in ("adm", "amb"):
        assert [path.name for path in files.values()] == [f"out{suffix}", "out head-locked.wav"]
        np.testing.assert_allclose(stereo(done.files[1].out), head_locked(scene, tmp_path), atol=1e-4)
    else:
        assert len(files) == 1
    if kind != "binaural":
        assert read_ambix(files["mix"])[0].shape[0] == 4


def test_head_locked_sound_is_heard_in_the_binaural_mix(tmp_path: Path) -> None:
    scene = two_sides(tmp_path, music=True)
    silent = replace(scene, lanes=tuple(replace(lane, mute=lane.lane_id != 3) for lane in scene.lanes))
    _, files = exported(silent, tmp_path / "out.wav", kind="binaural")
    np.testing.assert_allclose(stereo(files["mix"]), head_locked(silent, tmp_path), atol=1e-6)


def test_a_range_begins_at_its_time_and_its_reference_says_so(tmp_path: Path) -> None:
    scene = two_sides(tmp_path)
    _, whole = exported(scene, tmp_path / "whole.wav")
    _, part = exported(scene, tmp_path / "part.wav", What(range_s=(0.4, 0.9)))
    field, cut = read_ambix(whole["mix"])[0], read_ambix(part["mix"])[0]
    assert cut.shape[1] == 0.5 * SECOND
    np.testing.assert_allclose(cut, field[:, round(0.4 * SECOND) : round(0.9 * SECOND)], atol=1e-5)
    notes = wave_notes(part["mix"])
    assert notes is not None
    assert notes.time_reference == round(0.4 * SECOND)


def test_sound_that_begins_before_time_0_is_reported_in_a_sentence(tmp_path: Path) -> None:
    scene = replace(two_sides(tmp_path, music=True, with_film=True), av_offset_samples=-2_400)
    done, files = exported(scene, tmp_path / "early.wav", What(stems=True))
    notes = wave_notes(files["mix"])
    assert notes is not None
    assert notes.time_reference == 0
    (sentence,) = [each for each in done.remarks if "before the start of the timeline" in each]
    assert sentence.count("50.0 ms") == 2
    late, _ = exported(scene, tmp_path / "late.wav", What(range_s=(0.4, 0.9)))
    film, _ = exported(scene, tmp_path / "film.mov", kind="mov")
    for quiet in (late, film):
        assert not [each for each in quiet.remarks if "before the start" in each]


def test_the_pictures_of_a_range_stay_with_their_sound_and_turn_with_the_horizon(tmp_path: Path) -> None:
    scene = replace(two_sides(tmp_path, with_film=True), horizon=Pose(pitch_deg=10.0))
    _, whole = exported(scene, tmp_path / "whole.wav")
    done, files = exported(scene, tmp_path / "part.mov", What(range_s=(0.4, 0.8)), kind="mov")
    field, cut = read_ambix(whole["mix"])[0], read_ambix(files["mix"])[0]
    assert done.files[0].frames == cut.shape[1] == pytest.approx(0.4 * SECOND, abs=2)
    np.testing.assert_allclose(cut, field[:, round(0.4 * SECOND) :][:, : cut.shape[1]], atol=1e-5)
    assert probe(files["mix"]).pose.pitch_deg == pytest.approx(10.0, abs=0.01)


def test_two_turns_are_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        first, second = (Pose(*(float(a) for a in rng.uniform(-80, 80, 3))) for _ in range(2))
        both = pose_turn(turned_further(first, second))
        np.testing.assert_allclose(both, pose_turn(second) @ pose_turn(first), atol=1e-9)


def test_kept_takes_are_files_of_their_own(tmp_path: Path) -> None:
    scene = tone(two_sides(tmp_path))
    store = BlockTakes(tmp_path / "walk.takes")
    made = render_scene(SceneJob(scene, tmp_path / "r"), lambda: FakePatchSource(FakeSource()), store).takes_made[50]
    block = scene.block(50)
    scene = add_take(scene, 50, SceneTake(made, block.recipe, is_kept=True)).scene
    _, files = exported(scene, tmp_path / "o.wav", What(kept_takes=True), store.folder)
    assert set(files) == {"mix", "1 Tap: drip block 1 take 1"}
    take = read_ambix(files["1 Tap: drip block 1 take 1"])[0]
    assert take.shape[1] == SECOND
    shown = direction_and_diffuseness(take)[0]
    assert np.rad2deg(angle_between(shown, Direction(90.0).unit_vector())) < 5.0
    with pytest.raises(InvalidInputError, match="marked as kept"):
        parts_of(two_sides(tmp_path), What(mix=False, kept_takes=True), "wav")


def test_a_failed_check_leaves_the_older_files_and_keeps_the_rejected_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.wav").write_text("older")
    before = sorted(path.name for path in tmp_path.iterdir())
    scene = two_sides(tmp_path)
    right = delivering.checked
    calls = iter([True, True, False])

    def second_fails(*given):
        checks = right(*given)
        return checks if next(calls) else tuple(replace(check, passed=False) for check in checks)

    monkeypatch.setattr(delivering, "checked", second_fails)
    with pytest.raises(ExportError, match=r"out 2 犬\.wav did not pass its checks"):
        exported(scene, tmp_path / "out.wav", What(stems=True))
    assert (tmp_path / "out.wav").read_text() == "older"
    left = {path.name for path in tmp_path.iterdir()} - {*before, "1.wav", "2.wav"}
    assert left == {"out 2 犬.wav.rejected"}


@pytest.mark.parametrize("stop_at", [0.0, 0.2, 0.5, 0.9])
def test_a_cancelled_export_leaves_nothing(tmp_path: Path, stop_at: float) -> None:
    scene = two_sides(tmp_path)
    before = sorted(tmp_path.iterdir())
    form = FileFormat()
    job = SceneExport(scene, None, form, beside(tmp_path / "o.wav", parts_of(scene, What(stems=True), "wav"), form))
    seen = [0.0]
    with pytest.raises(CancelledError):
        export_scene(job, no_model, seen.append, lambda: seen[-1] >= stop_at)
    assert sorted(tmp_path.iterdir()) == before
    assert seen == sorted(seen)


def test_a_full_disk_is_found_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = two_sides(tmp_path)
    monkeypatch.setattr("app.delivery.room.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    monkeypatch.setattr(scene_export, "render_scene", no_model)
    with pytest.raises(ExportError, match="free some space"):
        exported(scene, tmp_path / "out.wav")


def test_a_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    scene = two_sides(tmp_path)
    with pytest.raises(ExportError, match="gone"):
        exported(scene, tmp_path / "gone" / "out.wav")
