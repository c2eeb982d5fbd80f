"""Feeder, pool, deck and playback in one process, driven by hand: a scene as the device would get it."""

from pathlib import Path

import numpy as np

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.scene.scene import Scene
from engine.runtime.ear.playback import Playback
from engine.runtime.ear.scene_sounds import SceneSounds
from engine.runtime.feeding.catalogue import Catalogue
from engine.runtime.feeding.inbox import FeedingInbox
from engine.runtime.feeding.loop import FeedingLoop
from engine.runtime.processes.scene_messages import PoolAddress, SceneToPlay, TakesUnderWay
from engine.runtime.session.lean_scene import LeanScenes
from engine.runtime.shared.epochs import after_seek, first_epoch
from engine.runtime.shared.sound_pool import PoolOwner, PoolWriter
from engine.runtime.shared.spsc_ring import RingOwner, RingReader, RingWriter
from engine.runtime.shared.state import SharedState
from tests.engine.runtime.ear.playback_rig import plain_ears


def no_model():
    """Stand in for the model where nothing has to be made."""
    raise AssertionError("the model was loaded")


class SceneRig:
    def __init__(self, folder: Path, pieces: int = 200, filters: BinauralFilters | None = None) -> None:
        self.folder = folder
        self.state = SharedState()
        self.ring = RingOwner(32)
        self.ring_writer, self.ring_reader = RingWriter(self.ring.name, 32), RingReader(self.ring.name, 32)
        self.pool = PoolOwner(pieces)
        self.pool_writer = PoolWriter(self.pool.name, pieces)
        self.playback = Playback(self.ring_reader, self.state, filters or plain_ears())
        self.sounds = SceneSounds(self.playback.scene, self.state)
        self.sounds.take(PoolAddress(self.pool.name, pieces))
        self.inbox, self.told = FeedingInbox(), []
        scratch = folder / "scratch"
        scratch.mkdir(exist_ok=True)
        catalogue = Catalogue(1, lambda: scratch, self.told.append)
        self.feeder = FeedingLoop(
            self.pool_writer, self.state, self.inbox, catalogue, self.sounds.take, self.told.append
        )
        self.catalogue = catalogue
        self.lean = LeanScenes()
        self.epoch = first_epoch()

    def mixed(self) -> list[np.ndarray]:
        """Return a list that gets every field that is mixed from now on, (4, n), and its head-locked stereo below."""
        deck, found = self.playback.scene, []
        pull = deck.pull

        def kept(field, stereo, count, heard_at_s):
            played, is_over = pull(field, stereo, count, heard_at_s)
            found.append(np.concatenate([field, stereo])[:, :played].copy())
            return played, is_over

        deck.pull = kept
        return found

    def close(self) -> None:
        self.catalogue.close()
        self.sounds.close()
        for part in (self.ring_writer, self.ring_reader, self.ring, self.pool_writer, self.pool, self.state):
            part.close()

    def play(self, scene: Scene, *, to_feeder: bool = True) -> None:
        """Play a scene, or an edited one; the feeder may be kept from knowing it."""
        self.state.scene_version += 1
        message = SceneToPlay(self.state.scene_version, self.lean.lean(scene), self.folder)
        self.sounds.take(message)
        if to_feeder:
            self.inbox.take(message)

    def under_way(self, take_ids: dict[int, str]) -> None:
        self.inbox.take(TakesUnderWay(take_ids))

    def seek(self, sample: int, *, of_scene: bool = True) -> None:
        self.epoch = after_seek(self.epoch)
        self.state.want_take(self.epoch, sample, of_scene=of_scene)

    def feed(self) -> None:
        """Let the feeder do all that it can do now."""
        self.feeder._look_due_s = 0.0
        while self.feeder.turn() < 0.01:
            pass

    def listen(self, blocks: int, size: int = 512, *, feeds: bool = True) -> np.ndarray:
        """Render blocks; returns what both ears hear (2, N)."""
        heard = []
        for _ in range(blocks):
            if feeds:
                self.feed()
            out = np.full((size, 2), np.nan, np.float32)
            self.playback.render(out, 0.0)
            heard.append(out.T)
        return np.concatenate(heard, axis=1)
