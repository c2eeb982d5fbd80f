"""The sounds of the scene in the audio process: what the feeder says about them becomes the sounds of the mix.

Threads: belongs to the audio process's main thread; the callback reads the values that are handed to its deck.
"""

from collections.abc import Mapping

import numpy as np

from engine.ambisonics.turning.shown import Shown
from engine.contract.conventions import FOA_CHANNELS
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.scene import Scene
from engine.rendering.mix.sounds import BlockSound, FieldFacts
from engine.runtime.ear.fed_samples import FedSamples
from engine.runtime.ear.scene_deck import SceneDeck
from engine.runtime.processes.scene_messages import (
    ForgetSound,
    KnownSound,
    PiecesShown,
    PoolAddress,
    SceneToPlay,
    SoundsOfScene,
)
from engine.runtime.shared.sound_pool import PoolReader
from engine.runtime.shared.state import SharedState

_AHEAD_SAMPLES = 480


class SceneSounds:
    """Keeps the deck's sounds as the feeder says, and counts what is not there in time."""

    def __init__(self, deck: SceneDeck, state: SharedState) -> None:
        self._deck, self._state = deck, state
        self._pool: PoolReader | None = None
        self._known: dict[int, KnownSound] = {}
        self._shown: dict[int, Shown] = {}
        self._numbers: Mapping[int, int] = {}
        self._sounds: dict[int, tuple[KnownSound, BlockSound, FedSamples]] = {}
        self._counted: dict[FedSamples, tuple[int, int]] = {}

    def close(self) -> None:
        """Close the pool, when the callback reads no more."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def take(self, message: object) -> None:
        """Take over a message of the session or of the feeder."""
        match message:
            case SceneToPlay():
                self._deck.change(message.scene)
            case PoolAddress() if self._pool is None:
                self._pool = PoolReader(message.name, message.pieces)
            case KnownSound():
                self._known[message.number] = message
                self._make_room(message)
                self._give()
            case PiecesShown() if message.number in self._shown:
                shown = self._shown[message.number]
                count = min(len(message.sure), max(0, len(shown.sure) - message.first))  # as far as there is room
                part = slice(message.first, message.first + count)
                shown.directions[part], shown.sure[part] = message.directions[:count], message.sure[:count]
            case SoundsOfScene():
                self._numbers = message.numbers
                self._give()
            case ForgetSound():
                self._known.pop(message.number, None)
                self._shown.pop(message.number, None)

    def silent(self) -> tuple[int, ...]:
        """Return the ids of what is silent now because its sound is not there, and count it. Call it often."""
        late = []
        for sound_id, (_, _, samples) in self._sounds.items():
            misses, missed = self._counted.get(samples, (0, 0))
            if samples.missed_samples > missed or samples.misses > misses:
                late.append(sound_id)
                self._state.count_missing(samples.misses - misses, samples.missed_samples - missed)
                self._counted[samples] = samples.misses, samples.missed_samples
        if not self._deck.is_playing:
            return ()
        unknown = (sound_id for sound_id in _due(self._deck.scene, self._deck.position) if sound_id not in self._sounds)
        return tuple(sorted({*late, *unknown}))

    def _make_room(self, known: KnownSound) -> None:
        """Keep arrays for all pieces of a field; they are filled while it grows."""
        if known.channels != FOA_CHANNELS:
            return
        shown = self._shown.get(known.number)
        if shown is None or len(shown.sure) < known.pieces:
            grown = Shown(np.zeros((known.pieces, 3)), np.zeros(known.pieces))
            if shown is not None:
                grown.directions[: len(shown.sure)], grown.sure[: len(shown.sure)] = shown.directions, shown.sure
            self._shown[known.number] = grown

    def _give(self) -> None:
        """Give the deck its sounds; one that is the same as before stays, so that nothing is faded."""
        sounds: dict[int, tuple[KnownSound, BlockSound, FedSamples]] = {}
        for sound_id, number in self._numbers.items():
            known = self._known.get(number)
            if known is None or self._pool is None:
                continue
            before = self._sounds.get(sound_id)
            sounds[sound_id] = before if before is not None and before[0] == known else self._sound(known, self._pool)
        self._sounds = sounds
        self._counted = {
            samples: self._counted[samples] for _, _, samples in sounds.values() if samples in self._counted
        }
        self._deck.hear({sound_id: sound for sound_id, (_, sound, _) in sounds.items()})

    def _sound(self, known: KnownSound, pool: PoolReader) -> tuple[KnownSound, BlockSound, FedSamples]:
        samples = FedSamples(pool, known.number, known.channels, known.samples)
        field = None
        if known.channels == FOA_CHANNELS:
            field = FieldFacts(self._shown[known.number], known.share, known.follows_path)
        return known, BlockSound(known.channels, samples, known.level, field), samples


def _due(scene: Scene, at: int) -> list[int]:
    """Return the ids of the blocks that sound now in the lanes that are heard, and of the lane of the film's sound."""
    due = []
    for lane in scene.heard_lanes:
        if lane.kind is LaneKind.FILM_SOUND and at < scene.length_samples:
            due.append(lane.lane_id)
        due += [
            block.block_id
            for block in lane.blocks
            if block.start_sample <= at + _AHEAD_SAMPLES and at < min(block.end_sample, scene.length_samples)
        ]
    return due
