"""Films and recordings of a scene: what is missing or changed is told, found again, and nothing else is lost."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.project.media import broken_links, found_nearby, media_of, read_recording, relink, scene_film
from engine.ambisonics.encoding import encode_point
from engine.ambisonics.normalisation import ambix_to_fuma, sn3d_to_n3d
from engine.contract.directions import Direction
from engine.contract.errors import MediaError, SceneError
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock
from engine.contract.scene.edits.blocks import add_generated, add_recording, split_block
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.whole import set_film
from engine.contract.scene.edits.words import continue_recording
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene, SceneFilm
from engine.contract.video import FilmChoice, StereoLayout, VideoInfo
from engine.export.ambix_wav import AmbixWriter
from engine.export.reading.recording import RecordingReader
from engine.files.content import content_hash


def sound(path: Path, channels: int = 1, seconds: float = 1.0, rate: int = 48_000, seed: int = 0) -> Path:
    noise = 0.1 * np.random.default_rng(seed).standard_normal((round(seconds * rate), channels))
    soundfile.write(path, noise, rate)
    return path


def scene_with(path: Path) -> Scene:
    scene = add_lane(Scene(), "Dog").scene
    found = read_recording(path)
    return add_recording(scene, 1, found.file, found.samples, found.convention).scene


def test_a_recording_is_read_as_what_it_is(tmp_path: Path) -> None:
    mono = read_recording(sound(tmp_path / "mono.wav", 1, 2.0, 44_100))
    assert (mono.convention, mono.samples) == (Convention.MONO, 96_000)
    assert mono.file.content == content_hash(tmp_path / "mono.wav") != ""
    assert read_recording(sound(tmp_path / "stereo.wav", 2)).convention is Convention.STEREO
    with AmbixWriter(tmp_path / "field.amb") as writer:
        writer.write(np.zeros((4, 4_800), np.float32))
    assert read_recording(tmp_path / "field.amb").convention is Convention.FUMA
    four = sound(tmp_path / "four.wav", 4)
    assert read_recording(four).convention is Convention.AMBIX
    assert read_recording(four, Convention.A_FORMAT).convention is Convention.A_FORMAT
    with pytest.raises(SceneError, match="has 4 channels, and mono needs 1"):
        read_recording(four, Convention.MONO)
    with pytest.raises(SceneError, match="has 3 channels"):
        read_recording(sound(tmp_path / "three.wav", 3))
    with pytest.raises(MediaError, match="no sound file"):
        read_recording(tmp_path / "gone.wav")


def test_whole_links_are_silent_and_broken_ones_are_named(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    scene = scene_with(sound(tmp_path / "dog.wav"))
    scene = set_film(scene, SceneFilm(FileReference(str(film), content_hash(film)), 96_000)).scene
    scene = split_block(scene, 2, 24_000).scene
    assert broken_links(scene) == ()
    sound(tmp_path / "dog.wav", seed=1)
    film.unlink()
    gone, changed = broken_links(scene)
    assert (gone.is_film, gone.is_missing, changed.is_film, changed.is_missing) == (True, True, False, False)
    assert gone.sentence == f"The film {film} is missing: choose its new place."
    assert changed.sentence.startswith(f"The recording {tmp_path / 'dog.wav'} (used by 2 blocks) has changed since")


def test_a_moved_recording_is_found_by_its_content_and_relinked_without_loss(tmp_path: Path) -> None:
    scene = scene_with(sound(tmp_path / "dog.wav"))
    scene = split_block(scene, 2, 24_000).scene
    (tmp_path / "new").mkdir()
    (tmp_path / "other").mkdir()
    sound(tmp_path / "other" / "dog.wav", seed=5)
    shutil.move(tmp_path / "dog.wav", tmp_path / "new" / "dog.wav")
    (link,) = broken_links(scene)
    assert found_nearby(link, [tmp_path, tmp_path / "other"]) is None, "the same name alone is not enough"
    found = found_nearby(link, [tmp_path / "other", tmp_path / "new"])
    assert found == tmp_path / "new" / "dog.wav"
    again = relink(scene, link, found).scene
    assert broken_links(again) == ()
    before, after = scene.lanes[0].blocks, again.lanes[0].blocks
    assert [replace(block, file=before[0].file) for block in after] == list(before)  # type: ignore[call-arg]


def test_a_recording_that_a_block_continues_is_missed_and_relinked_with_its_takes(tmp_path: Path) -> None:
    path = sound(tmp_path / "wind.wav")
    scene = add_generated(add_lane(Scene(), "Wind").scene, 1, Recipe.of("wind"), 0, 48_000).scene
    change = continue_recording(scene, 2, read_recording(path).file)
    assert change.name == "Continue wind.wav: block 'wind'"
    block = change.scene.block(2)
    assert isinstance(block, GeneratedBlock)
    taken = replace(block, takes=(SceneTake("aa11", block.recipe),), current="aa11")
    scene = replace(scene, lanes=(replace(scene.lanes[0], blocks=(taken,)),))
    assert broken_links(scene) == ()
    assert media_of(scene)["recording"] == [path]
    (tmp_path / "else").mkdir()
    shutil.move(path, tmp_path / "else" / "wind.wav")
    (gone,) = broken_links(scene)
    assert gone.sentence == f"The recording {path} (used by 1 block) is missing: choose its new place."
    place = found_nearby(gone, [tmp_path / "else"])
    assert place is not None
    mended = relink(scene, gone, place).scene
    assert broken_links(mended) == ()
    found = mended.block(2)
    assert isinstance(found, GeneratedBlock)
    assert found.current == "aa11"  # its sound stays what it is
    assert found.recipe.continued == FileReference(str(place), gone.file.content)


def test_another_recording_may_take_the_place_if_it_has_as_many_channels(tmp_path: Path) -> None:
    scene = scene_with(sound(tmp_path / "dog.wav"))
    (tmp_path / "dog.wav").unlink()
    (link,) = broken_links(scene)
    shorter = sound(tmp_path / "wolf.wav", 1, 0.5)
    again = relink(scene, link, shorter).scene
    assert again.block(2).length_samples == 48_000, "no block is shortened"
    with pytest.raises(SceneError, match="has 2 channels, and mono needs 1"):
        relink(scene, link, sound(tmp_path / "two.wav", 2))


def test_a_film_without_a_known_content_is_only_asked_for_if_it_is_gone(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    scene = Scene(film=SceneFilm(FileReference(str(film)), 96_000))
    assert broken_links(scene) == ()
    (link,) = broken_links(Scene(film=SceneFilm(FileReference(str(tmp_path / "x.mp4")), 96_000)))
    assert found_nearby(link, [tmp_path]) is None


def test_an_opened_film_becomes_the_film_of_the_scene(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    info = VideoInfo(str(film), 64, 32, 25.0, 2.5, layout=StereoLayout.TOP_BOTTOM, layout_source="user")
    found = scene_film(info)
    assert (found.length_samples, found.choice) == (120_000, FilmChoice(StereoLayout.TOP_BOTTOM))
    assert found.file == FileReference(str(film), content_hash(film))


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_one_field_has_one_direction_in_every_convention_and_rate(tmp_path: Path, rate: int) -> None:
    field = encode_point(0.1 * np.random.default_rng(0).standard_normal(rate), Direction(60.0, 20.0))
    stored = {
        Convention.AMBIX: field,
        Convention.FUMA: ambix_to_fuma(field),
        Convention.N3D: sn3d_to_n3d(field),
        None: np.concatenate([field, np.flip(field, 0), field[:1]]),  # second order: nine channels
    }
    for convention, samples in stored.items():
        path = tmp_path / "field.wav"
        soundfile.write(path, samples.T, rate, "FLOAT")
        found = read_recording(path, convention)
        with RecordingReader(path, found.convention) as reader:
            w, y, z, x = np.concatenate(list(reader.blocks()), axis=1)
        azimuth = np.degrees(np.arctan2(w @ y, w @ x))
        elevation = np.degrees(np.arctan2(w @ z, np.hypot(w @ x, w @ y)))
        assert (azimuth, elevation) == pytest.approx((60.0, 20.0), abs=0.01)
        assert found.likely is (Convention.AMBIX if convention is None else None)


def test_a_field_that_sounds_like_fuma_is_offered_as_it(tmp_path: Path) -> None:
    field = encode_point(0.1 * np.random.default_rng(0).standard_normal(96_000), Direction(60.0, 20.0))
    soundfile.write(tmp_path / "a.wav", ambix_to_fuma(field).T, 48_000, "FLOAT")
    found = read_recording(tmp_path / "a.wav")
    assert (found.convention, found.likely) == (Convention.AMBIX, Convention.FUMA)
