"""The scene that a session plays: messages to the audio process and the feeder, and the feeder's process.

Threads: belongs to the session's thread.
"""

import contextlib
import time
from collections.abc import Mapping
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any, Final

from engine.contract.making import SilentLanes
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineNotice
from engine.runtime.feeding.worker import FeedingSetup, feeding_main
from engine.runtime.processes.children import Child, Children
from engine.runtime.processes.messages import Failure
from engine.runtime.processes.scene_messages import PoolAddress, SceneToPlay, SilentSounds, TakesUnderWay
from engine.runtime.session.lean_scene import LeanScenes
from engine.runtime.shared.sound_pool import PoolOwner
from engine.runtime.shared.state import SharedState

_END_S: Final = 0.8
_NUMBERS_EACH: Final = 1_000_000
_MOST_STARTS: Final = 4
_HAND_OVER_S: Final = 0.0005


class ScenePlayer:
    """Made with the session's parts and closed with them. The feeder is started for the first scene."""

    def __init__(self, state: SharedState) -> None:
        self._state = state
        pipes = [Pipe(duplex=False) for _ in range(_MOST_STARTS)]
        self.sounds = tuple(ear for ear, _ in pipes)
        """The audio process's ends of the pipes from the feeder: each start has its own.

        A feeder that is killed may leave a part of a message, and nothing can be read behind that.
        """
        self._feeds = [feed for _, feed in pipes]
        self._lean = LeanScenes()
        self._pool: PoolOwner | None = None
        self._children: Children | None = None
        self._feeder: Child | None = None
        self._starts = 0
        self._scene: SceneToPlay | None = None
        self._under_way = TakesUnderWay({})

    def play(self, scene: Scene, folder: Path, audio: Child) -> None:
        """Play a scene from now on. Raises OSError if the feeder cannot be started."""
        version = self._state.scene_version + 1
        self._scene = SceneToPlay(version, self._lean.lean(scene), folder)
        self._state.scene_version = version
        if self._pool is None:
            self._pool = PoolOwner()
        audio.send(PoolAddress(self._pool.name, self._pool.pieces))
        audio.send(self._scene)
        if self._feeder is not None:
            self._feeder.send(self._scene)
        elif self._starts < _MOST_STARTS:
            self._start(self._pool)
        # Left alone, the window's thread draws first, and the threads that send wait for it.
        time.sleep(_HAND_OVER_S)

    def note_under_way(self, take_ids: Mapping[int, str]) -> None:
        """Note the takes that hold most of the sound of blocks while it is made, by block; those of others stay."""
        merged = {**self._under_way.take_ids, **take_ids}
        self._under_way = TakesUnderWay({block_id: take_id for block_id, take_id in merged.items() if take_id})
        if self._feeder is not None:
            self._feeder.send(self._under_way)

    def read(self, messages: list[Any]) -> list[Any]:
        """Return what the audio process's messages and the feeder's own mean for the window, and the rest of them."""
        said = [] if self._children is None else self._children.drain()
        told: list[Any] = []
        for message in [*messages, *said]:
            if isinstance(message, SilentSounds):
                told.append(SilentLanes(self._lanes_of(message.ids)))
            elif isinstance(message, Failure) and message in said:
                told.append(self._restarted(message))
            else:
                told.append(message)
        return told

    def ask_to_end(self) -> None:
        """Ask the feeder to end, without waiting."""
        if self._children is not None:
            self._children.ask_to_end()

    def close(self) -> None:
        """End the feeder and free the memory. May be called twice."""
        self._end()
        for pipe in (*self.sounds, *self._feeds):
            pipe.close()
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _start(self, pool: PoolOwner) -> None:
        self._starts += 1
        feed = self._feeds[self._starts - 1]
        setup = FeedingSetup(pool.name, pool.pieces, self._state.name, feed, 1 + self._starts * _NUMBERS_EACH)
        self._children = Children()
        try:
            self._feeder = self._children.start("scene", feeding_main, setup)
        finally:
            feed.close()  # it is the feeder's alone: if that dies, the audio process sees the end
        self._children.listen()
        if self._scene is not None:
            self._feeder.send(self._scene)
        self._feeder.send(self._under_way)

    def _restarted(self, failure: Failure) -> EngineNotice:
        """Start the feeder again after it died; a few times, so that a file that kills it does not do so for ever."""
        self._end()
        if self._starts < _MOST_STARTS and self._pool is not None:
            with contextlib.suppress(OSError):
                self._start(self._pool)
                told = "The process that reads the sounds of the scene stopped and was started again."
                return EngineNotice(told, f"{failure.message}\n{failure.detail}", topic="scene")
        told = "The sounds of the scene are not read any more: restart the engine. If it happens again, see the log."
        return EngineNotice(told, f"{failure.message}\n{failure.detail}", topic="scene", lasts=True)

    def _end(self) -> None:
        if self._children is not None:
            self._children.end(_END_S)
            self._children = self._feeder = None

    def _lanes_of(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        if self._scene is None:
            return ()
        silent = set(ids)
        return tuple(
            lane.lane_id
            for lane in self._scene.scene.lanes
            if silent.intersection(lane.block_ids) or (lane.kind is LaneKind.FILM_SOUND and lane.lane_id in silent)
        )
