"""What is recorded, confirmed, gone on with and told."""

import errno
import json
import os
import time

import numpy as np
import pytest

from engine.contract.control import DirectionPath, GenerationSettings, Prompt, SettingsChange
from engine.contract.directions import Direction
from engine.contract.telemetry import EngineNotice
from engine.files.content import content_hash
from engine.files.owner_lock import OwnerLock
from engine.runtime.processes.messages import TakeKept, TakeToGoOn
from engine.runtime.takes import recorder as recorder_module
from engine.runtime.takes import recording_worker as worker_module
from engine.runtime.takes import writer as writer_module
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.sidecar import Sidecar, read_sidecar
from engine.runtime.takes.timeline import SEAM_SAMPLES
from tests.engine.runtime.takes.take_rig import FILM_END, PATCH, Recording, level, noise, sound_of


@pytest.fixture
def recording(tmp_path):
    made = Recording(tmp_path)
    yield made
    made.close()


def test_what_was_heard_is_there_to_the_bit_and_what_was_only_made_is_not(recording):
    sound = noise(4 * PATCH)
    recording.play(sound[:, : 3 * PATCH])
    recording.make(sound[:, 3 * PATCH :])
    recording.until(lambda: recording.kept.stretches == ((0, 3 * PATCH),))
    recording.close()
    take = sound_of(recording.folders[0])
    np.testing.assert_array_equal(take[:, :-SEAM_SAMPLES], sound[:, : 3 * PATCH - SEAM_SAMPLES])


def test_a_film_that_was_never_played_leaves_nothing(recording):
    recording.make(noise(5 * PATCH))
    recording.until(lambda: recording.of(TakeKept))
    assert len(recording.folders) == 1
    assert recording.kept.stretches == ()
    recording.close()
    assert recording.folders == []


def test_a_slow_disk_does_not_bring_an_empty_take_back(recording, monkeypatch):
    write = Sidecar.write

    def write_slowly(sidecar, path):
        time.sleep(0.2)
        path.parent.mkdir(exist_ok=True)  # as a folder that is removed half-way is still there
        write(sidecar, path)

    recording.make(noise(PATCH))
    recording.until(lambda: recording.folders)
    monkeypatch.setattr(Sidecar, "write", write_slowly)
    recording.make(noise(PATCH))
    recording.until(lambda: not recording.recorder._worker._confirmer.is_idle)
    recording.close()
    assert recording.folders == []


def test_another_film_gets_another_take_and_the_first_stays(recording):
    recording.play(noise(PATCH, 1))
    recording.open("other.mp4")
    recording.play(noise(PATCH, 2))
    recording.close()
    first, second = recording.folders
    names = {read_sidecar(TakeFolder(folder).sidecar).film.name for folder in (first, second)}
    assert names == {"film.mp4", "other.mp4"}
    assert {sound_of(folder)[0, 0] for folder in (first, second)} == {noise(PATCH, 1)[0, 0], noise(PATCH, 2)[0, 0]}


def test_the_sidecar_is_there_within_a_second_and_says_what_the_disk_has(recording, tmp_path):
    film = tmp_path / "real.mp4"
    film.write_bytes(os.urandom(300_000))
    recording.open(str(film))
    path = DirectionPath.fixed(Direction(90.0))
    change = SettingsChange(recording.epoch, 0, GenerationSettings(prompt=Prompt("rain"), path=path))
    recording.recorder.note_settings(change)
    began_s = time.monotonic()
    folder = None
    while folder is None or not folder.sidecar.exists() or not read_sidecar(folder.sidecar).stretches:
        recording.play(noise(PATCH))
        time.sleep(0.05)
        folder = TakeFolder(recording.kept.folder)
        assert time.monotonic() - began_s < 2.5
    recording.until(lambda: read_sidecar(folder.sidecar).film.content == content_hash(film))
    sidecar = read_sidecar(folder.sidecar)
    assert sidecar.film.samples == FILM_END
    assert sidecar.checkpoint_sha256 == "ab" * 32
    assert sidecar.stretches[0][0] == 0
    assert sidecar.frames >= sidecar.stretches[0][1]
    values = json.loads(folder.sidecar.read_text())
    assert values["log"]["settings"][0]["prompt"]["text"] == "rain"
    assert values["log"]["changes"] == [[1, recording.epoch, 0, 0]]
    weights = {name: value for name, value in values["log"]["settings"][0].items() if name.startswith("guidance")}
    assert weights == {
        "guidance_prompt": 3.0,
        "guidance_afresh": 0.0,
        "guidance_direction": 2.0,
        "guidance_context": 1.0,
        "guidance_plan": 1.0,
        "guidance_parallel": 0.0,
    }


def test_the_take_is_somebodys_while_it_is_recorded(recording):
    recording.play(noise(PATCH))
    folder = TakeFolder(recording.kept.folder)
    with pytest.raises(BlockingIOError):
        OwnerLock(folder.lock)
    recording.close()
    OwnerLock(folder.lock).release()


def test_a_restart_goes_on_in_the_same_take_without_a_dip(tmp_path):
    first = Recording(tmp_path)
    first.play(level(PATCH, 0.5))
    first.make(level(PATCH, 0.5))
    folder = first.kept.folder
    first.close()
    position = first.heard
    second = Recording(tmp_path, goes_on=TakeToGoOn(folder, position))
    second.seek(PATCH)
    second.play(level(2 * PATCH, 0.5))
    second.until(lambda: second.kept.stretches == ((0, 3 * PATCH),))
    second.close()
    assert second.folders == [folder]
    take = sound_of(folder)
    np.testing.assert_allclose(take[:, : 3 * PATCH - SEAM_SAMPLES], 0.5, atol=1e-6)
    sidecar = json.loads(TakeFolder(folder).sidecar.read_text())
    assert sidecar["stretches"] == [[0, 3 * PATCH]]


def test_what_was_heard_after_the_last_word_of_a_killed_recorder_is_counted(tmp_path):
    first = Recording(tmp_path)
    first.play(level(PATCH, 0.5))
    first.make(level(PATCH, 0.5))
    folder = first.kept.folder
    first.close()
    assert first.kept.stretches == ((0, PATCH),)
    second = Recording(tmp_path, goes_on=TakeToGoOn(folder, (first.epoch, 2 * PATCH)))
    second.seek(2 * PATCH)
    second.play(level(PATCH, 0.5))
    second.until(lambda: second.kept.stretches == ((0, 3 * PATCH),))
    second.close()


@pytest.mark.slow
def test_a_take_of_another_layout_or_a_gone_one_is_not_gone_on_with(tmp_path):
    first = Recording(tmp_path)
    first.play(noise(PATCH))
    folder = first.kept.folder
    first.close()
    for film, asked in (("other.mp4", folder), ("film.mp4", tmp_path / "take-gone")):
        second = Recording(tmp_path, film, goes_on=TakeToGoOn(asked, (0, 0)))
        second.play(noise(PATCH))
        assert second.kept.folder not in (folder, asked)
        second.close()
    assert len(first.folders) == 3


class FullDisk:
    """Refuses to write while it is full, as a disk does: also in the middle of a block."""

    def __init__(self, monkeypatch):
        self.is_full = False
        self._write = os.write
        monkeypatch.setattr(writer_module.os, "write", self.write)
        monkeypatch.setattr(worker_module, "_TRY_AGAIN_S", 0.05)

    def write(self, descriptor, data):
        if self.is_full and len(data) > 1000:
            if len(data) > 50_000:
                return self._write(descriptor, data[:10_000])
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._write(descriptor, data)


def test_a_full_disk_stops_the_recording_and_room_lets_it_go_on(recording, monkeypatch):
    disk = FullDisk(monkeypatch)
    recording.play(level(3 * PATCH, 0.5))
    recording.until(lambda: recording.kept.stretches == ((0, 3 * PATCH),))
    disk.is_full = True
    recording.play(level(PATCH, 0.5))
    recording.until(lambda: recording.of(EngineNotice))
    recording.play(level(PATCH, 0.5))
    time.sleep(0.1)
    (stopped,) = recording.of(EngineNotice)
    assert "not recorded after 0:00.5" in stopped.message
    assert "is full" in stopped.message
    assert "by itself" in stopped.message
    assert stopped.lasts
    disk.is_full = False
    time.sleep(0.1)
    recording.play(level(PATCH, 0.5))
    recording.until(lambda: len(recording.of(EngineNotice)) == 2)
    again = recording.of(EngineNotice)[1]
    assert again.topic == stopped.topic
    assert "has resumed at 0:00.8" in again.message
    assert "from 0:00.5 to 0:00.8 is missing" in again.message
    recording.until(lambda: recording.kept.stretches == ((0, 3 * PATCH), (5 * PATCH, 6 * PATCH)))
    recording.close()
    take = sound_of(recording.folders[0])[0]
    assert np.all(take[: 3 * PATCH - SEAM_SAMPLES] == 0.5)
    assert not np.any(take[3 * PATCH : 5 * PATCH])
    assert np.max(np.abs(np.diff(take))) < 2.0 * 0.5 / SEAM_SAMPLES


def test_another_film_takes_the_notice_away(recording, monkeypatch):
    disk = FullDisk(monkeypatch)
    recording.play(noise(PATCH))
    recording.until(lambda: recording.kept.stretches)
    disk.is_full = True
    recording.play(noise(PATCH))
    recording.open("other.mp4")
    recording.until(lambda: len(recording.of(EngineNotice)) == 2)
    stopped, over = recording.of(EngineNotice)
    assert (over.message, over.topic) == ("", stopped.topic)


@pytest.mark.slow
def test_a_disk_that_loses_what_it_took_ends_the_take_where_it_was_safe(recording, monkeypatch):
    recording.play(level(2 * PATCH, 0.5))
    folder = TakeFolder(recording.kept.folder)
    recording.until(lambda: folder.sidecar.exists() and read_sidecar(folder.sidecar).frames == 2 * PATCH)
    confirmed = read_sidecar(folder.sidecar).frames

    def refuse(_descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", refuse)
    monkeypatch.setattr(worker_module, "_TRY_AGAIN_S", 0.02)
    recording.play(level(PATCH, 0.5))
    recording.until(lambda: recording.of(EngineNotice))
    assert "input/output error" in recording.of(EngineNotice)[0].message
    for _ in range(4):  # it takes more, and loses that too: nobody is told that it is well again
        time.sleep(0.03)
        recording.play(level(PATCH, 0.5))
    time.sleep(0.1)
    assert len(recording.of(EngineNotice)) == 1
    monkeypatch.undo()
    recording.close()
    assert os.path.getsize(folder.sound) == 16 * confirmed
    assert sound_of(folder.path).shape == (4, 2 * PATCH)


def test_too_little_room_stops_before_the_disk_is_full(recording, monkeypatch):
    monkeypatch.setattr(worker_module, "room_bytes", lambda folder: 0)
    recording.play(noise(PATCH))
    recording.until(lambda: recording.of(EngineNotice))
    assert "is full" in recording.of(EngineNotice)[0].message
    recording.close()
    np.testing.assert_array_equal(sound_of(recording.folders[0]).shape, (4, PATCH))


@pytest.mark.slow
def test_a_disk_that_fills_and_a_take_that_grows_are_told_once_each(recording, monkeypatch):
    monkeypatch.setattr(worker_module, "room_bytes", lambda folder: int(3.5 * 60 * 48_000 * 16))
    monkeypatch.setattr(worker_module, "_LARGE_BYTES", 20 * PATCH)
    monkeypatch.setattr(worker_module, "_CONFIRM_S", 0.01)
    for _ in range(6):
        recording.play(noise(PATCH))
        time.sleep(0.3)
    messages = [notice.message for notice in recording.of(EngineNotice)]
    assert sum("room for 3 more minutes of this take" in message for message in messages) == 1
    assert sum("has grown to 0 GB" in message for message in messages) in (2, 3)
    recording.close()


def test_a_folder_that_cannot_be_made_is_told_and_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(worker_module, "_TRY_AGAIN_S", 0.05)
    (tmp_path / "store").write_text("in the way")
    recording = Recording(tmp_path / "store" / "takes")
    recording.play(noise(PATCH))
    recording.until(lambda: recording.of(EngineNotice))
    assert "cannot be written" in recording.of(EngineNotice)[0].message
    (tmp_path / "store").unlink()
    time.sleep(0.1)
    recording.play(noise(PATCH))
    recording.until(lambda: recording.kept.stretches == ((PATCH, 2 * PATCH),))
    recording.close()


def test_a_sidecar_that_cannot_be_written_leaves_no_empty_folders(recording, monkeypatch):
    monkeypatch.setattr(worker_module, "_TRY_AGAIN_S", 0.02)
    monkeypatch.setattr(os, "fdatasync", lambda _descriptor: (_ for _ in ()).throw(OSError(errno.EIO, "I/O error")))
    for _ in range(5):
        recording.play(noise(PATCH))
        time.sleep(0.03)
    recording.until(lambda: recording.of(EngineNotice))
    recording.close()
    assert recording.folders == []


def test_a_disk_that_hangs_does_not_take_all_memory(recording, monkeypatch):
    monkeypatch.setattr(recorder_module, "_MOST_WAITING", 3)
    go_on = []

    def hang(*_arguments):
        while not go_on:
            time.sleep(0.01)

    recording.play(noise(PATCH))
    recording.until(lambda: recording.kept.stretches)
    monkeypatch.setattr(recording.recorder._worker, "_write", hang)
    recording.play(noise(8 * PATCH))
    assert "does not answer" in recording.of(EngineNotice)[0].message
    assert len(recording.of(EngineNotice)) == 1
    go_on.append(True)
    recording.until(lambda: recording.recorder._items.qsize() == 0)
    recording.play(noise(PATCH))
    assert "has resumed" in recording.of(EngineNotice)[1].message
