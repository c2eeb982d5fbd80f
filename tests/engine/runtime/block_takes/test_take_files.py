"""Take files are untrusted, grow only, and are kept as long as something needs them."""

import json
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ambisonics.turning.field_track import FieldTrack
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.errors import ExportError, MediaError
from engine.runtime.block_takes.layout import HEAD_BYTES, TakeHead, TakePatch, packed_head
from engine.runtime.block_takes.reader import TakeReader
from engine.runtime.block_takes.store import BlockTakes

HEAD = TakeHead("weights", "torch", "", 3, 4, 8, "a dog barks")


def patch(index: int) -> TakePatch:
    rng = np.random.default_rng(index)
    return TakePatch(
        bytes([index]) * 32,
        rng.standard_normal((4, PATCH_SAMPLES), np.float32),
        rng.standard_normal((4, 8), np.float32),
        FieldTrack(rng.standard_normal((4, 3)), rng.random(4)),
    )


@pytest.fixture
def store(tmp_path: Path) -> BlockTakes:
    return BlockTakes(tmp_path / "new" / "takes")


@pytest.fixture
def take_id(store: BlockTakes) -> str:
    made, writer = store.begin(HEAD)
    with writer:
        for index in range(3):
            writer.add(patch(index))
    return made


def test_everything_comes_back(store: BlockTakes, take_id: str) -> None:
    with store.open(take_id) as take:
        assert (take.head, take.patches, take.samples) == (HEAD, 3, 3 * PATCH_SAMPLES)
        assert take.keys() == [bytes([i]) * 32 for i in range(3)]
        for index in range(3):
            assert np.array_equal(take.patch(index).samples, patch(index).samples)
            assert np.array_equal(take.patch(index).latents, patch(index).latents)
        assert np.array_equal(take.track().flows[4:8], patch(1).track.flows)
        assert np.array_equal(take.track().energies[8:], patch(2).track.energies)
        with pytest.raises(IndexError):
            take.patch(3)


@given(start=st.integers(-20_000, 40_000), count=st.integers(0, 30_000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_stretch_is_read(store: BlockTakes, take_id: str, start: int, count: int) -> None:
    whole = np.concatenate([patch(i).samples for i in range(3)], axis=1)
    padded = np.pad(whole, ((0, 0), (20_000, 80_000)))
    with store.open(take_id) as take:
        assert np.array_equal(take.read(start, count), padded[:, 20_000 + start :][:, :count])


def test_a_torn_record_is_cut_off_when_the_take_goes_on(store: BlockTakes, take_id: str) -> None:
    path = store.path(take_id)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    with store.open(take_id) as take:
        assert take.patches == 2
    with store.extend(take_id) as writer:
        assert writer.patches == 2
        writer.add(patch(2))
    assert path.read_bytes() == whole


def test_a_take_is_written_by_one_at_a_time_and_read_meanwhile(store: BlockTakes, take_id: str) -> None:
    with store.extend(take_id) as writer, store.open(take_id) as take:
        with pytest.raises(ExportError, match="made by another SwanSphere"):
            store.extend(take_id)
        with pytest.raises(ExportError, match="stop that first"):
            store.remove(take_id)
        writer.add(patch(3))
        assert take.patches == 4
        assert np.array_equal(take.read(3 * PATCH_SAMPLES, 10), patch(3).samples[:, :10])


@pytest.mark.parametrize("position", [HEAD_BYTES, HEAD_BYTES + 40, HEAD_BYTES + 60, HEAD_BYTES + 100_000])
def test_a_changed_byte_is_found(store: BlockTakes, take_id: str, position: int) -> None:
    data = bytearray(store.path(take_id).read_bytes())
    data[position] ^= 1
    store.path(take_id).write_bytes(data)
    with store.open(take_id) as take:
        with pytest.raises(MediaError, match="a part of its sound has changed"):
            take.patch(0)
        take.patch(1)


HOSTILE = {
    "empty": b"",
    "another file": b"RIFF" * 2000,
    "only a head's beginning": packed_head(HEAD)[:100],
    "a long JSON": b"SWANTAKE" + (2**32 - 1).to_bytes(4, "little") + b"{" * 5000,
    "deep JSON": b"SWANTAKE" + (4000).to_bytes(4, "little") + b"[" * 4084,
    "no JSON": b"SWANTAKE" + (10).to_bytes(4, "little") + b"x" * 5000,
}


def head_with(**changes: object) -> bytes:
    values = {"schema": 1, **vars(HEAD), **changes}
    text = json.dumps(values).encode()
    return (b"SWANTAKE" + len(text).to_bytes(4, "little") + text).ljust(HEAD_BYTES, b"\0")


@pytest.mark.parametrize(
    "data",
    [
        *HOSTILE.values(),
        head_with(schema=2),
        head_with(latents=2**40),
        head_with(codes=-1),
        head_with(codes=True),
        head_with(seed="3"),
        head_with(model=["x"]),
        head_with(more=1),
    ],
)
def test_what_is_no_take_is_refused_with_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.swantake"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"x\.swantake"):
        TakeReader(path)


@given(data=st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_other_head_is_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.swantake"
    path.write_bytes((b"SWANTAKE" + len(data).to_bytes(4, "little") + data).ljust(HEAD_BYTES + 10, b"\0"))
    with pytest.raises(MediaError, match=r"any\.swantake"):
        TakeReader(path)


@pytest.mark.parametrize("take_id", ["", "../x", "a/b", "a..b", "x" * 200, ".hidden"])
def test_an_id_is_no_path(store: BlockTakes, take_id: str) -> None:
    with pytest.raises(MediaError, match="not the name of a take"):
        store.path(take_id)


def test_a_pipe_is_not_waited_for(store: BlockTakes, take_id: str) -> None:
    os.mkfifo(store.folder / "pipe.swantake")
    with pytest.raises(MediaError, match="named pipe"):
        store.open("pipe")
    assert store.longest([bytes([0]) * 32], ["pipe", "missing", take_id]) == (take_id, 1, False)


def test_takes_that_nothing_needs_are_swept_after_a_day(store: BlockTakes, take_id: str) -> None:
    other, writer = store.begin(HEAD)
    writer.close()
    assert store.sweep([take_id]) == []
    later = os.stat(store.path(other)).st_mtime + 25 * 3600
    with store.extend(other):
        assert store.sweep([take_id], later) == []
    assert store.sweep([take_id], later) == [other]
    assert store.ids() == [take_id]
    store.remove("never-there")


def test_a_take_is_never_overwritten(store: BlockTakes, take_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.runtime.block_takes.store.time.strftime", lambda _: take_id.rsplit("-", 1)[0])
    monkeypatch.setattr("engine.runtime.block_takes.store.secrets.token_hex", lambda _: take_id.rsplit("-", 1)[1])
    before = store.path(take_id).read_bytes()
    with pytest.raises(ExportError, match="cannot be written"):
        store.begin(HEAD)
    assert store.path(take_id).read_bytes() == before


def test_a_long_take_is_continued_without_reading_it(store: BlockTakes, take_id: str) -> None:
    hour = HEAD.position(round(3600 / 0.16))
    os.truncate(store.path(take_id), hour)  # a file with a hole: 2.8 GB that take no room
    tracemalloc.start()
    try:
        with store.extend(take_id) as writer:
            assert HEAD.position(writer.patches) == hour
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
