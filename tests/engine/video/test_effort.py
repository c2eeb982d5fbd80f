"""Decoding less, and giving way: what is shown is still right, and what was left out comes back."""

import os
import sys
from pathlib import Path

import pytest

from engine.contract.video import VideoInfo
from engine.video.conditioning import ConditioningReader
from engine.video.decoder import VideoDecoder
from engine.video.effort import Effort
from engine.video.probe import probe
from tests.engine.video.made_films import STEADY, number, write_film


@pytest.fixture
def info(tmp_path: Path) -> VideoInfo:
    return probe(write_film(tmp_path / "a.mp4", STEADY, gop=10))


def test_key_pictures_alone_come_with_their_own_times(info: VideoInfo) -> None:
    with VideoDecoder(info) as decoder:
        decoder.spare(Effort.KEYS)
        shown = [(number(frame.rgb), frame.pts_s) for frame in decoder.frames(0.5)]
        assert 3 <= len(shown) <= 6  # a key picture at least every 10
        assert shown[0][0] <= 12
        assert [25 * pts_s for _, pts_s in shown] == pytest.approx([n for n, _ in shown], abs=0.5)
        decoder.spare(Effort.EVERY)
        assert [number(frame.rgb) for frame in decoder.frames(0.5)] == pytest.approx(list(range(12, 50)), abs=1)


def test_the_models_pictures_are_exact_again_after_a_time_of_key_pictures(info: VideoInfo) -> None:
    reader, spared = ConditioningReader(info), ConditioningReader(info, in_background=True)
    spared.frame_at(0.25)
    spared.spare(Effort.KEYS)
    index, picture = spared.frame_at(1.0)
    assert index == 4
    assert 15 <= number(picture) <= 25
    spared.spare(Effort.EVERY)
    assert (spared.frame_at(1.25)[1] == reader.frame_at(1.25)[1]).all()
    reader.close()
    spared.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux knows how nice a thread is")
def test_only_the_decoders_own_threads_give_way(info: VideoInfo) -> None:
    before = set(os.listdir("/proc/self/task"))
    with VideoDecoder(info, in_background=True) as decoder:
        next(decoder.frames())
        new = set(os.listdir("/proc/self/task")) - before
        niceness = [os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in new]
        assert niceness
        least = min(19, os.getpriority(os.PRIO_PROCESS, os.getpid()) + 9)
        assert all(nice >= least for nice in niceness)
    assert os.getpriority(os.PRIO_PROCESS, 0) == os.getpriority(os.PRIO_PROCESS, os.getpid())
