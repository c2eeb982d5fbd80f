"""A scene as files: lanes add up, what is on disk is not made again, all files or none."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.ambisonics.normalisation import ambix_to_fuma, sn3d_to_n3d
from engine.contract.control import Prompt
from engine.contract.directions import Direction, angle_between
from engine.contract.errors import CancelledError, EngineError, ExportError, InvalidInputError, MediaError
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.edits.blocks import trim_end, trim_start
from engine.contract.scene.edits.lanes import set_lane_gain
from engine.contract.scene.edits.places import free_lane
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe, SceneTake
from engine.contract.scene.scene import Scene, SceneFilm
from engine.export.delivery.marking import take_is_generated
from engine.export.reading.ambix_reader import read_ambix
from engine.export.reading.wave_notes import wave_notes
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.offline import block_sounds
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene
from tests.engine.rendering.mix.mixing import SECOND, generated, lane, noise, recording, scene
from tests.engine.runtime.small_films import write_film
from tests.fakes import FakePatchSource, FakeSource

PLAN = FakeSource()
LEFT = LanePath.fixed(Direction(90.0))


class Watched(FakePatchSource):
    """Counts what it makes."""

    def __init__(self) -> None:
        super().__init__(PLAN)
        self.requests, self.seeds = [], []

    def reset(self, seed: int) -> None:
        self.seeds.append(seed)
        super().reset(seed)

    def next_patch(self, request):
        self.requests.append(request)
        return super().next_patch(request)


def no_model():
    raise AssertionError("the model was loaded")


def sound_file(path, array: np.ndarray, rate_hz: int = SECOND) -> FileReference:
    soundfile.write(path, array.T, rate_hz, "FLOAT")
    return FileReference(str(path))


def tone_block(block_id: int, hz: int, seconds: float = 1.0, **values) -> GeneratedBlock:
    recipe = Recipe.of(f"a tone of {hz} Hz", seed=block_id)
    return replace(generated(block_id, seconds, **values), recipe=recipe)


def three_lanes(folder) -> Scene:
    mono = sound_file(folder / "drip.wav", noise(SECOND)[None])
    music = sound_file(folder / "music.wav", np.stack([noise(SECOND, 1), noise(SECOND, 2)]))
    return scene(
        replace(lane(1, tone_block(11, 700), path=LanePath.fixed(Direction(90.0))), name="Dog/../../bark: \u72ac?"),
        lane(2, recording(12, 1.0, file=mono), gain_db=-6.0, path=LanePath.fixed(Direction(-90.0, 30.0))),
        lane(3, recording(13, 1.0, Convention.STEREO, file=music), kind=LaneKind.HEAD_LOCKED),
        seconds=1.0,
    )


def read(path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0].T


@pytest.mark.slow
def test_stems_add_up_to_the_mix_and_carry_the_names_of_the_lanes(tmp_path):
    job = SceneJob(three_lanes(tmp_path), tmp_path / "out", stems=True, binaural=True)
    done = render_scene(job, Watched)
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {
        "mix.wav",
        "binaural.wav",
        "head-locked.wav",
        "1 Dog bark \u72ac.wav",
        "2 Lane 2.wav",
        "3 Lane 3.wav",
    }
    assert {file.name for file in done.files} == names
    mix, rate_hz = read_ambix(tmp_path / "out" / "mix.wav")
    assert (mix.shape, rate_hz) == ((4, SECOND), SECOND)
    stems = read(tmp_path / "out" / "1 Dog bark \u72ac.wav") + read(tmp_path / "out" / "2 Lane 2.wav")
    assert np.abs(mix).max() < 0.98  # not limited
    np.testing.assert_allclose(stems, mix, atol=1e-6)
    assert np.array_equal(read(tmp_path / "out" / "3 Lane 3.wav"), read(tmp_path / "out" / "head-locked.wav"))
    ears = read(tmp_path / "out" / "binaural.wav")
    assert ears.shape == (2, SECOND)
    without = render_scene(replace(job, scene=replace(job.scene, lanes=job.scene.lanes[:2])), Watched)
    assert "head-locked.wav" not in {file.name for file in without.files}
    np.testing.assert_allclose(
        ears - read(tmp_path / "out" / "binaural.wav"), read(tmp_path / "out" / "3 Lane 3.wav"), atol=1e-6
    )


def test_the_same_job_gives_the_same_bytes_and_a_block_is_turned_to_its_lane(tmp_path):
    """The model puts every tone in front; the lane is on the left."""
    what = three_lanes(tmp_path)
    job = SceneJob(replace(what, lanes=what.lanes[:1]), tmp_path / "out")
    render_scene(job, Watched)
    first = job.mix.read_bytes()
    render_scene(job, Watched)
    assert job.mix.read_bytes() == first
    direction, _ = direction_and_diffuseness(read_ambix(job.mix)[0])
    assert np.rad2deg(angle_between(direction, Direction(90.0).unit_vector())) < 1.0


def with_take(what: Scene, block_id: int, take_id: str) -> Scene:
    """Return a scene in which a take of a block was made."""
    block = what.block(block_id)
    assert isinstance(block, GeneratedBlock)
    return add_take(what, block_id, SceneTake(take_id, block.recipe)).scene


@pytest.mark.slow
def test_a_take_on_disk_is_read_and_the_model_is_not_even_loaded(tmp_path):
    store, drip = BlockTakes(tmp_path / "takes"), sound_file(tmp_path / "drip.wav", noise(SECOND)[None])
    what = scene(lane(1, tone_block(11, 700), path=LEFT), lane(2, tone_block(12, 900), mute=True), seconds=1.0)
    job = SceneJob(what, tmp_path)
    made = render_scene(job, Watched, store).takes_made
    first = job.mix.read_bytes()
    assert list(made) == [11]
    what = with_take(what, 11, made[11])
    assert what.block(11).current == made[11]
    done = render_scene(replace(job, scene=what), no_model, store)
    assert not done.takes_made
    assert job.mix.read_bytes() == first
    for edit in (set_lane_gain(what, 1, -6.0), free_lane(what, 1), trim_start(what, 11, 9_000)):
        assert not render_scene(replace(job, scene=edit.scene), no_model, store).takes_made
        assert job.mix.read_bytes() != first
    shorter = trim_end(what, 11, 40_000).scene
    other = lane(3, recording(13, 1.0, file=drip))
    for muted in (True, False):
        toggled = replace(shorter, lanes=(replace(shorter.lanes[0], mute=muted), other))
        assert not render_scene(replace(job, scene=toggled), no_model, store).takes_made


def test_a_sound_that_an_earlier_rendering_made_is_not_made_again(tmp_path):
    store, source = BlockTakes(tmp_path / "takes"), Watched()
    job = SceneJob(scene(lane(1, tone_block(11, 700)), seconds=1.0), tmp_path)
    assert render_scene(job, lambda: source, store).takes_made
    count = len(source.requests)
    assert not render_scene(job, lambda: source, store).takes_made
    assert len(source.requests) == count


def test_without_a_store_nothing_is_left(tmp_path):
    render_scene(SceneJob(scene(lane(1, tone_block(11, 700)), seconds=1.0), tmp_path / "out"), Watched)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mix.wav"]


def test_a_recording_of_many_blocks_is_read_once(tmp_path, monkeypatch):
    file = sound_file(tmp_path / "drip.wav", noise(SECOND)[None])
    pieces = [
        recording(10 + index, 0.1, file=file, start_sample=4_800 * index, offset_samples=4_800 * (9 - index))
        for index in range(10)
    ]
    opened = []
    reader = block_sounds.RecordingReader
    monkeypatch.setattr(block_sounds, "RecordingReader", lambda *asked: opened.append(asked) or reader(*asked))
    render_scene(SceneJob(scene(lane(1, *pieces), seconds=1.0), tmp_path / "out"), no_model)
    assert len(opened) == 1
    w = read_ambix(tmp_path / "out" / "mix.wav")[0][0]
    backwards = np.concatenate(np.split(noise(SECOND), 10)[::-1])
    assert np.corrcoef(w, backwards)[0, 1] > 0.999


def test_mute_and_solo_never_make_anything(tmp_path):
    lanes = [lane(number, tone_block(10 + number, 500 * number)) for number in (1, 2, 3)]
    lanes[0] = replace(lanes[0], mute=True)
    lanes[1] = replace(lanes[1], solo=True)
    source = Watched()
    done = render_scene(SceneJob(scene(*lanes, seconds=1.0), tmp_path), lambda: source)
    assert (list(done.takes_made), source.seeds) == ([12], [12])


def test_a_block_asks_the_model_for_its_recipe_and_nothing_else(tmp_path):
    cues = (
        Cue((PromptSlot("rain"), PromptSlot("wind", 0.5))),
        Cue((PromptSlot("surf"),), after_samples=4 * 7680, ramp_samples=2 * 7680),
    )
    recipe = Recipe(cues, seed=9, steps=3, direction=Direction(20.0))
    block = replace(generated(11, 1.2), recipe=recipe)
    source = Watched()
    path = LanePath.fixed(Direction(90.0))
    render_scene(SceneJob(scene(lane(1, block, path=path), seconds=1.2), tmp_path), lambda: source)
    assert source.seeds == [9]
    prompts = [request.prompt for request in source.requests]
    assert prompts[:4] == [Prompt("rain", 1.0, (("wind", 0.5),))] * 4
    assert prompts[4] == Prompt("rain", 0.75, (("wind", 0.375), ("surf", 0.25)))
    assert prompts[6:] == [Prompt("surf")] * 2
    assert all(request.steps == 3 and request.exact_direction for request in source.requests)
    np.testing.assert_allclose(source.requests[0].direction, Direction(20.0).unit_vector())


def test_a_block_that_continues_a_recording_hears_its_end_first_and_the_report_names_it(tmp_path):
    wind = sound_file(tmp_path / "wind.wav", np.linspace(0.0, 0.1, 4 * SECOND))
    block = replace(generated(11, 1.2), recipe=Recipe.of("wind", 3))
    block = replace(block, recipe=replace(block.recipe, continued=wind))
    source = Watched()
    rendered = render_scene(SceneJob(scene(lane(1, block), seconds=1.2), tmp_path / "out"), lambda: source)
    first, *others = source.requests
    assert first.primer.shape == (4, 20 * 7680)
    assert np.all(np.diff(first.primer[0]) > 0.0)  # the ramp goes up to its end
    assert first.primer[0, 0] > 0.15 * first.primer[0, -1]  # the first 0.8 of its 4 s are not heard
    assert all(request.primer is None for request in others)
    assert rendered.remarks == ("'wind' continues the end of wind.wav, without playing it.",)


def test_a_range_is_the_part_of_the_whole_with_its_time_reference(tmp_path):
    """Though a turn is under way in the middle."""
    what = three_lanes(tmp_path)
    arc = LanePath((Keyframe(0, Direction(0.0)), Keyframe(SECOND, Direction(170.0, 20.0), 30.0)))
    what = replace(what, lanes=(replace(what.lanes[0], path=arc), *what.lanes[1:]))
    for name in ("whole", "part"):
        job = SceneJob(what, tmp_path / name)
        if name == "part":
            job = replace(job, start_sample=20_000, end_sample=40_000)
        render_scene(job, Watched)
    whole, part = read_ambix(tmp_path / "whole" / "mix.wav")[0], read_ambix(tmp_path / "part" / "mix.wav")[0]
    assert part.shape == (4, 20_000)
    np.testing.assert_allclose(part, whole[:, 20_000:40_000], atol=1e-6)
    data = (tmp_path / "part" / "mix.wav").read_bytes()
    bext = data.find(b"bext") + 8
    assert int.from_bytes(data[bext + 338 : bext + 346], "little") == 20_000


@pytest.mark.parametrize(("offset", "wanted"), [(4_800, 24_800), (-4_800, 15_200), (-48_000, 0)])
def test_the_time_reference_follows_the_offset_of_sound_and_picture_as_in_an_export(tmp_path, offset, wanted):
    what = replace(three_lanes(tmp_path), av_offset_samples=offset)
    done = render_scene(SceneJob(what, tmp_path / "out", start_sample=20_000, end_sample=20_480), Watched)
    assert ("583.3 ms before" in done.about_early_start) is (wanted == 0)
    assert bool(done.about_early_start) is (wanted == 0)
    notes = wave_notes(tmp_path / "out" / "mix.wav")
    assert notes is not None
    assert notes.time_reference == wanted


def test_a_range_is_the_part_of_the_whole_though_it_is_limited_and_far_away(tmp_path):
    """The limiter and the air remember what the recordings sounded like before the range."""
    loud = sound_file(tmp_path / "loud.wav", 8.0 * noise(2 * SECOND)[None] * (np.arange(2 * SECOND) < 1.02 * SECOND))
    soft = sound_file(tmp_path / "soft.wav", noise(2 * SECOND, 1)[None])
    far = LanePath((Keyframe(0, Direction(10.0), 90.0),))
    what = scene(
        lane(1, recording(11, file=loud), path=LEFT, gain_db=20.0),
        lane(2, recording(12, file=soft), path=far, gain_db=20.0),
    )
    job = SceneJob(what, tmp_path / "whole")
    render_scene(job, no_model)
    render_scene(replace(job, folder=tmp_path / "part", start_sample=49_100, end_sample=60_000), no_model)
    whole, part = read_ambix(job.mix)[0], read_ambix(tmp_path / "part" / "mix.wav")[0]
    assert np.array_equal(part, whole[:, 49_100:60_000])
    softened = np.abs(whole[0, 49_100:49_580]).mean() / np.abs(whole[0, 90_000:]).mean()
    assert softened < 0.8  # the limiter has not yet recovered


@pytest.mark.parametrize("convention", ["ambix", "fuma", "n3d"])
def test_a_first_order_recording_is_converted_and_its_front_is_turned_to_the_path(tmp_path, convention):
    foa = encode_point(noise(SECOND), Direction(30.0))
    stored = {"ambix": foa, "fuma": ambix_to_fuma(foa), "n3d": sn3d_to_n3d(foa)}[convention]
    file = sound_file(tmp_path / "field.wav", stored)
    block = recording(11, 1.0, Convention(convention), file=file)
    render_scene(
        SceneJob(scene(lane(1, block, path=LanePath.fixed(Direction(-90.0))), seconds=1.0), tmp_path), no_model
    )
    direction, diffuseness = direction_and_diffuseness(read_ambix(tmp_path / "mix.wav")[0])
    assert np.rad2deg(angle_between(direction, Direction(-60.0).unit_vector())) < 0.5
    assert diffuseness < 0.01


def test_a_recording_at_another_rate_begins_at_its_offset_and_ends_with_its_file(tmp_path):
    t = np.arange(44_100) / 44_100
    file = sound_file(tmp_path / "tone.wav", 0.1 * np.sin(2 * np.pi * 440.0 * t)[None] * (t >= 0.5), 44_100)
    block = recording(11, 1.0, file=file, offset_samples=SECOND // 4, start_sample=4_800)
    render_scene(SceneJob(scene(lane(1, block), seconds=1.5), tmp_path / "out"), no_model)
    w = np.abs(read_ambix(tmp_path / "out" / "mix.wav")[0][0])
    sounds = np.flatnonzero(w > 0.01)
    assert sounds[0] == pytest.approx(4_800 + SECOND // 4, abs=100)
    assert sounds[-1] == pytest.approx(4_800 + 3 * SECOND // 4, abs=100)


def test_a_block_that_follows_the_film_sees_it_from_its_own_time_on(tmp_path):
    film = write_film(tmp_path / "film.mov", 2.0, timecode="10:00:00:00")
    block = replace(generated(11, 0.5, start_sample=SECOND), recipe=Recipe.of("", 3, film_sample=SECOND))
    what = Scene(
        film=SceneFilm(FileReference(str(film)), 2 * SECOND),
        length_samples=2 * SECOND,
        lanes=(lane(1, block), lane(2, kind=LaneKind.FILM_SOUND)),
        next_id=99,
    )
    source = Watched()
    done = render_scene(SceneJob(what, tmp_path / "out"), lambda: source)
    assert [request.frame_index for request in source.requests] == [4, 4, 5, 5]
    assert done.remarks == ("The film film.mov has no sound: its lane is silent.",)
    data = (tmp_path / "out" / "mix.wav").read_bytes()
    bext = data.find(b"bext") + 8
    assert int.from_bytes(data[bext + 338 : bext + 346], "little") == 36_000 * SECOND


def test_a_failure_and_a_cancel_leave_everything_as_it_was(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mix.wav").write_bytes(b"earlier")
    job = SceneJob(three_lanes(tmp_path), out, stems=True, binaural=True)
    count = iter(range(100))
    with pytest.raises(CancelledError):
        render_scene(job, Watched, cancelled=lambda: next(count) > 4)
    (tmp_path / "drip.wav").unlink()
    with pytest.raises(MediaError, match=r"drip\.wav"):
        render_scene(job, Watched)
    assert [file.name for file in out.iterdir()] == ["mix.wav"]
    assert (out / "mix.wav").read_bytes() == b"earlier"


def test_what_cannot_be_rendered_is_one_sentence(tmp_path):
    what = three_lanes(tmp_path)
    silent = replace(what, lanes=tuple(replace(each, mute=True) for each in what.lanes))
    cases: list[tuple[type[EngineError], object]] = [
        (InvalidInputError, lambda: SceneJob(silent, tmp_path)),
        (InvalidInputError, lambda: SceneJob(what, tmp_path, start_sample=SECOND)),
        (InvalidInputError, lambda: SceneJob(what, tmp_path, start_sample=100, end_sample=100)),
        (ExportError, lambda: render_scene(SceneJob(what, tmp_path / "drip.wav"), no_model)),
    ]
    mono_as_stereo = recording(11, 1.0, Convention.STEREO, file=FileReference(str(tmp_path / "drip.wav")))
    cases.append((MediaError, lambda: render_scene(SceneJob(scene(lane(1, mono_as_stereo)), tmp_path), no_model)))
    for kind, attempt in cases:
        with pytest.raises(kind) as told:
            attempt()
        assert "\n" not in str(told.value)
        assert str(told.value).endswith(".")
    assert not (tmp_path / "mix.wav").exists()


def test_a_range_that_is_too_long_is_noticed(tmp_path):
    done = render_scene(
        SceneJob(three_lanes(tmp_path), tmp_path / "out", start_sample=24_000, end_sample=96_000), Watched
    )
    assert done.remarks == ("The scene ends at 1.0 s: the files are 0.5 s long.",)
    assert read(tmp_path / "out" / "mix.wav").shape == (4, 24_000)


def test_progress_grows_to_1(tmp_path):
    seen: list[float] = []
    render_scene(SceneJob(three_lanes(tmp_path), tmp_path / "out"), Watched, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


@pytest.mark.slow
@pytest.mark.parametrize("made_by", ["", "AMBIT"])
def test_sound_of_another_generator_is_marked_as_generated_and_a_recording_is_not(tmp_path, made_by: str) -> None:
    rows = [
        replace(row, blocks=tuple(replace(b, made_by=made_by) for b in row.blocks if isinstance(b, RecordingBlock)))
        for row in three_lanes(tmp_path).lanes
    ]
    job = SceneJob(replace(three_lanes(tmp_path), lanes=tuple(rows)), tmp_path / "out", stems=True, binaural=True)
    rendered = render_scene(job, no_model)
    assert job.head_locked_file in rendered.files
    assert len(rendered.files) == 5
    assert {take_is_generated(file) for file in rendered.files} == {bool(made_by)}
    assert any("made by AMBIT" in remark for remark in rendered.remarks) == bool(made_by)
