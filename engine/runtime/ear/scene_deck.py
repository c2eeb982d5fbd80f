"""The mix of a scene, from pieces of its sounds in shared memory.

Threads: `begin`, `decide` and `pull` run in the device's callback; everything else belongs to the audio process's main
thread, which replaces values as a whole.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.scene import Scene
from engine.rendering.mix.mixer import SceneMixer
from engine.rendering.mix.sounds import BlockSound
from engine.runtime.ear.field_tap import FieldTap
from engine.runtime.ear.ring_deck import soften_seams
from engine.runtime.shared.epochs import first_epoch, is_first_iteration, next_iteration
from engine.runtime.shared.laps import scene_lap_at
from engine.runtime.shared.played import Clock
from engine.runtime.shared.state import Phase, SharedState

_PATIENCE_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
"""A take begins after so long, even if sounds for its start are not there: they are silent then."""


class SceneDeck:
    """Implements `Deck` for a scene."""

    def __init__(self, state: SharedState) -> None:
        self.tap = FieldTap()
        """The field before the view turns it, for the meters."""
        self.epoch = first_epoch()
        self.phase = Phase.WAITING
        self._state = state
        self._mixer: SceneMixer | None = None
        self._scene = Scene()
        self._start = self._lap_start = self._waited = 0

    # The main thread.

    @property
    def scene(self) -> Scene:
        """The scene that is mixed."""
        return self._scene

    @property
    def is_playing(self) -> bool:
        """Whether the wanted take is a scene's, and has begun."""
        return self._state.wants_scene and self.phase is Phase.PLAYING

    @property
    def position(self) -> int:
        """The sample of the film that is mixed next."""
        return self._start if self._mixer is None else self._mixer.position

    def change(self, scene: Scene) -> None:
        """Mix another scene from the next 10 ms on."""
        if self._mixer is None:
            self._mixer = SceneMixer(scene, {})
        else:
            self._mixer.change(scene)
        self._scene = scene

    def hear(self, sounds: Mapping[int, BlockSound]) -> None:
        """Take the sounds of all blocks; those missing are silent."""
        if self._mixer is not None:
            self._mixer.hear(sounds)

    # The callback.

    def begin(self, epoch: int, start: int) -> None:
        """Play another take; see `Deck`."""
        self.epoch, self.phase = epoch, Phase.WAITING
        self._start = self._lap_start = start
        self._waited = 0

    def decide(self, n: int, play: bool, is_silent: bool) -> bool:
        """Return whether a block sounds; see `Deck`. A scene never waits for its sounds once it plays."""
        mixer = self._mixer
        if mixer is None or self.phase is Phase.ENDED or not play:
            return False
        if self.phase is Phase.WAITING:
            self._waited += n
            if not self._state.is_primed and self._waited < _PATIENCE_SAMPLES:
                return False
            mixer.seek(self._start)
            self.phase = Phase.PLAYING
        return True

    def pull(
        self, field: NDArray[np.float32], stereo: NDArray[np.float32], count: int, heard_at_s: float
    ) -> tuple[int, bool]:
        """Mix samples into `field` and `stereo`; see `Deck`."""
        mixer = self._mixer
        if mixer is None or self.phase is not Phase.PLAYING:
            return 0, True
        done = 0
        while done < count:
            at, scene = mixer.position, self._scene
            end, loops_to = scene_lap_at(at, scene, film_loops=self._state.loop)
            n = min(count - done, end - at)
            if n > 0:
                part, beside = field[:, done : done + n], stereo[:, done : done + n]
                mixed = mixer.read(n)
                part[:], beside[:] = mixed.field, mixed.head_locked
                is_first = is_first_iteration(self.epoch)
                for sound in (part, beside):
                    soften_seams(sound, at, self._lap_start, end, is_first=is_first)
                starts_at_s = heard_at_s + done / SAMPLE_RATE_HZ
                self._state.publish_clock(Clock(self.epoch, at, at + n, self._lap_start, starts_at_s))
                self.tap.write(self.epoch, at, part)
                done += n
            if at + n < end:
                continue
            if loops_to is None:
                self.phase = Phase.ENDED
                return done, True
            self.epoch, self._lap_start = next_iteration(self.epoch), loops_to
            mixer.seek(loops_to)
        return done, False
