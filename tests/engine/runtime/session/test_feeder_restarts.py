"""The process that reads the sounds of a scene is killed at any moment: what it had begun to say disturbs nothing."""

import os
import struct
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path

import pytest

from engine.contract.scene.scene import Scene
from engine.runtime.feeding.worker import FeedingSetup
from engine.runtime.processes.scene_messages import ForgetSound
from engine.runtime.session import scene_player
from engine.runtime.session.scene_player import ScenePlayer
from engine.runtime.shared.state import SharedState

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="writes a part of a message as a pipe of POSIX has it"),
]


class Ear:
    """Stands in for the audio process, which is told of the scene."""

    def send(self, message: object) -> None:
        pass


def cut_off(setup: FeedingSetup, session: Connection) -> None:
    """Say one thing, and begin to say another one."""
    setup.sounds.send(ForgetSound(setup.first_number))
    os.write(setup.sounds.fileno(), struct.pack("!i", 100_000) + b"the beginning")
    session.recv()
    time.sleep(60.0)


def next_message(pipe: Connection) -> object:
    assert wait([pipe], 20.0), "the audio process would wait for ever"
    return pipe.recv()


def test_a_feeder_that_is_killed_while_it_speaks_is_followed_by_one_that_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene_player, "feeding_main", cut_off)
    state = SharedState()
    player = ScenePlayer(state)
    try:
        player.play(Scene(), tmp_path, Ear())  # type: ignore[arg-type]
        numbers = set()
        for start, pipe in enumerate(player.sounds, start=1):
            message = next_message(pipe)
            assert isinstance(message, ForgetSound)
            numbers.add(message.number)
            assert player._feeder is not None
            player._feeder.kill()
            with pytest.raises((EOFError, OSError)):
                next_message(pipe)
            until_s = time.monotonic() + 20.0
            while not (told := player.read([])):
                assert time.monotonic() < until_s
                time.sleep(0.01)
            assert ("started again" in told[0].message) == (start < len(player.sounds))
        assert len(numbers) == len(player.sounds)
        player.play(Scene(), tmp_path, Ear())  # type: ignore[arg-type]
        assert player._feeder is None  # a file that ends it each time must not do so for ever
    finally:
        player.close()
        state.close()
