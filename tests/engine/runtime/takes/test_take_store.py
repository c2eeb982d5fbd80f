"""What is found again after any end, what is kept, and what goes."""

import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.errors import ExportError
from engine.files import owner_lock
from engine.files.content import content_hash
from engine.runtime.takes import store as store_module
from engine.runtime.takes.contents import read_contents
from engine.runtime.takes.folder import TakeFolder, make_take_folder
from engine.runtime.takes.journal import RECORD_BYTES, Record, read_records
from engine.runtime.takes.sidecar import read_sidecar
from engine.runtime.takes.store import KEEP_DAYS, TakeStore, default_store, note_seen
from tests.engine.runtime.takes.take_rig import PATCH, Recording, noise, sound_of
from tests.interrupted import killed_while_it_removes

DAY_S = 24 * 3600


def recorded(store: Path, seed: int = 1, patches: int = 2, film: str = "film.mp4") -> Path:
    recording = Recording(store, film)
    recording.play(noise(patches * PATCH, seed))
    folder = recording.kept.folder
    recording.close()
    return folder


def record_until_killed(store: str, ready) -> None:
    recording = Recording(Path(store))
    made = 0
    while True:
        recording.play(noise(PATCH, made))
        made += 1
        if made == 8:
            ready.set()
        time.sleep(0.01)


@pytest.mark.slow
def test_after_a_kill_the_take_is_offered_and_holds_what_was_written(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=record_until_killed, args=(str(tmp_path), ready))
    process.start()
    try:
        assert ready.wait(30)
        store = TakeStore(tmp_path)
        assert store.kept() == []  # it is somebody's
        assert store.sweep() == []
        folder = next(tmp_path.glob("take-*"))
        with pytest.raises(ExportError, match="in use by another window"):
            store.discard(folder)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    (take,) = store.kept()
    assert take.folder == folder
    assert take.film.name == "film.mp4"
    assert take.is_new
    assert take.seconds >= 6 * PATCH / 48_000
    assert take.size_bytes > 6 * PATCH * 16
    sound = sound_of(folder)
    whole = sound.shape[1] // PATCH - 1
    for k in range(whole):
        np.testing.assert_array_equal(sound[:, k * PATCH : (k + 1) * PATCH], noise(PATCH, k))


@pytest.mark.slow
@pytest.mark.parametrize("lost", [1, 17, RECORD_BYTES, RECORD_BYTES + 5])
def test_a_journal_that_was_cut_off_ends_at_its_last_whole_record(tmp_path, lost):
    folder = TakeFolder(recorded(tmp_path, patches=3))
    before = len(list(read_records(folder.journal.read_bytes())))
    os.truncate(folder.journal, folder.journal.stat().st_size - lost)
    records = read_contents(folder).table.records
    assert records == before - 1 - (lost > RECORD_BYTES)


def test_sound_that_a_power_failure_took_is_not_believed(tmp_path):
    folder = TakeFolder(recorded(tmp_path, patches=3))
    folder.sidecar.unlink()  # nothing was confirmed
    with open(folder.sound, "r+b") as sound:
        sound.seek(2 * PATCH * 16 + 1000)
        sound.write(bytes(50))
    assert read_contents(folder).table.frames == 2 * PATCH
    os.truncate(folder.sound, PATCH * 16 + 20)
    assert read_contents(folder).table.frames == PATCH


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=4 * RECORD_BYTES), place=st.integers(0, 5 * RECORD_BYTES), flip=st.integers(1, 255))
def test_no_journal_makes_it_stumble(data, place, flip):
    records = [Record(1, 5, 100 * k, 100, 7, 100 * k, 5, 100 * k) for k in range(5)]
    whole = b"".join(record.encoded() for record in records)
    assert list(read_records(whole)) == records
    assert list(read_records(data)) == []
    if place < len(whole):
        damaged = bytearray(whole)
        damaged[place] ^= flip
        assert list(read_records(bytes(damaged))) == records[: place // RECORD_BYTES]
    assert list(read_records(whole + data))[:5] == records


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 1}', "\ud800", '{"format": "swansphere-take", "version": 1}', "[" * 5000]
)
def test_a_damaged_sidecar_costs_the_name_and_not_the_sound(tmp_path, text):
    folder = recorded(tmp_path)
    TakeFolder(folder).sidecar.write_text(text, errors="surrogatepass")
    assert read_sidecar(TakeFolder(folder).sidecar) is None
    (take,) = TakeStore(tmp_path).kept()
    assert take.film.name == "a film"
    assert sound_of(folder).shape == (4, 2 * PATCH)


@pytest.mark.slow
def test_takes_are_told_newest_first_and_seen_ones_are_not_new(tmp_path):
    first, second = recorded(tmp_path, 1), recorded(tmp_path, 2)
    os.utime(TakeFolder(first).journal, (1, 1))
    values = json.loads(TakeFolder(first).sidecar.read_text())
    TakeFolder(first).sidecar.write_text(json.dumps(values | {"changed_s": 1.0}))
    takes = TakeStore(tmp_path).kept()
    assert [take.folder for take in takes] == [second, first]
    note_seen(first, takes[1].heard_samples)
    assert [take.is_new for take in TakeStore(tmp_path).kept()] == [True, False]
    note_seen(first, takes[1].heard_samples - 1)  # more was heard since
    assert [take.is_new for take in TakeStore(tmp_path).kept()] == [True, True]


@pytest.mark.slow
def test_discarding_removes_one_take_and_a_second_time_is_a_sentence(tmp_path):
    first, second = recorded(tmp_path, 1), recorded(tmp_path, 2)
    store = TakeStore(tmp_path)
    store.discard(first)
    assert [take.folder for take in store.kept()] == [second]
    with pytest.raises(ExportError, match="no longer exists"):
        store.discard(first)


@pytest.mark.slow
def test_only_what_the_user_saw_long_ago_is_swept(tmp_path, monkeypatch):
    old, seen_lately, never_seen = (recorded(tmp_path, k) for k in range(3))
    now = time.time()
    for folder, days in ((old, KEEP_DAYS + 1), (seen_lately, KEEP_DAYS - 1)):
        monkeypatch.setattr(store_module.time, "time", lambda days=days: now - days * DAY_S)
        note_seen(folder, 1)
    monkeypatch.setattr(store_module.time, "time", lambda: now + 5)
    assert TakeStore(tmp_path).sweep() == []  # the sound itself is of today
    for folder in (old, seen_lately, never_seen):
        values = json.loads(TakeFolder(folder).sidecar.read_text()) | {"changed_s": 1.0}
        TakeFolder(folder).sidecar.write_text(json.dumps(values))
        os.utime(TakeFolder(folder).journal, (1, 1))
    assert [take.folder for take in TakeStore(tmp_path).sweep()] == [old]
    assert {take.folder for take in TakeStore(tmp_path).kept()} == {seen_lately, never_seen}


def test_what_was_only_made_ready_is_swept_and_what_is_in_use_is_not(tmp_path, monkeypatch):
    empty, lock = make_take_folder(tmp_path)
    used, used_lock = make_take_folder(tmp_path)
    lock.release()
    now = time.time()
    store = TakeStore(tmp_path)
    store.sweep()
    assert empty.path.exists()  # somebody may be making it
    monkeypatch.setattr(store_module.time, "time", lambda: now + 100)
    store.sweep()
    assert not empty.path.exists()
    assert used.path.exists()
    used_lock.release()


def test_a_store_that_is_not_there_or_not_ours_is_left_alone(tmp_path):
    assert TakeStore(tmp_path / "no").kept() == []
    (tmp_path / "take-file").write_text("mine")
    (tmp_path / "take-folder").mkdir()
    (tmp_path / "take-folder" / "thesis.txt").write_text("mine")
    shutil.copytree(tmp_path / "take-folder", tmp_path / "elsewhere")
    (tmp_path / "take-link").symlink_to(tmp_path / "elsewhere")
    store = TakeStore(tmp_path)
    assert store.kept() == store.sweep() == []
    assert (tmp_path / "take-folder" / "thesis.txt").exists()
    assert (tmp_path / "elsewhere" / "thesis.txt").exists()


def test_where_takes_are_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_store() == tmp_path / "SwanSphere" / "takes"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_store() == Path.home() / ".local" / "share" / "SwanSphere" / "takes"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_store() == Path.home() / "Library" / "Application Support" / "SwanSphere" / "takes"


def test_a_film_is_known_again_under_another_name_and_not_mistaken(tmp_path):
    content = bytearray(np.random.default_rng(0).bytes(2_000_000))
    first, moved, other = (tmp_path / name for name in ("a.mp4", "b.mov", "c.mp4"))
    first.write_bytes(content)
    moved.write_bytes(content)
    content[-1] ^= 1
    other.write_bytes(content)
    assert content_hash(first) == content_hash(moved) != content_hash(other)
    assert content_hash(tmp_path) == content_hash(tmp_path / "no") == ""
    os.mkfifo(tmp_path / "pipe")
    assert content_hash(tmp_path / "pipe") == ""


def test_without_locks_a_fresh_sign_of_life_counts_as_an_owner(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.files.owner_lock.fcntl", None)
    folder = recorded(tmp_path)
    assert TakeStore(tmp_path).kept() == []
    for file in TakeFolder(folder).path.iterdir():
        os.utime(file, (1, 1))
    assert [take.folder for take in TakeStore(tmp_path).kept()] == [folder]


@pytest.mark.parametrize("after", range(4))
def test_an_interrupted_removal_of_a_take_is_finished_at_the_next_start(tmp_path, after):
    folder = recorded(tmp_path)
    with killed_while_it_removes(after):
        TakeStore(tmp_path).discard(folder)
    for place in tmp_path.iterdir():
        os.utime(place, (time.time() - 120.0,) * 2)
    store = TakeStore(tmp_path)
    store.sweep()
    left_over = [folder] if after == 0 else []  # nothing was removed yet: the take is offered again
    assert [take.folder for take in store.kept()] == list(tmp_path.iterdir()) == left_over


def test_a_take_begins_while_another_window_looks_whether_it_has_an_owner(tmp_path, monkeypatch):
    answers, tried = [False], owner_lock.try_lock

    def busy_once(descriptor, *, shared=False):
        return answers.pop() if answers else tried(descriptor, shared=shared)

    monkeypatch.setattr(owner_lock, "try_lock", busy_once)
    folder, lock = make_take_folder(tmp_path)
    assert list(tmp_path.iterdir()) == [folder.path]
    lock.release()
