"""Which sound each block of a scene has, opened once and shared by all blocks that play it. One thread."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from engine.contract.errors import EngineError, MediaError
from engine.contract.scene.blocks import Block, Convention, GeneratedBlock
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.scene import Scene
from engine.rendering.blocks.due import wanted_patches
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.feeding.fed_sound import FedSound
from engine.runtime.feeding.take_sound import TakeSound

_MOST_UNUSED: Final = 32
"""Sounds that no block has any more are kept for undo and comparisons, the latest."""
_AGAIN_S: Final = 10.0
"""A sound that could not be opened is tried again so long afterwards: the file may be back."""
_Take = tuple[str]
_Recording = tuple[str, Convention | None, bool, int | None]
SoundId = _Take | _Recording


class Catalogue:
    """Opens sounds. `failed` is called once with a sentence for each that cannot be opened or read."""

    def __init__(self, first_number: int, scratch: Callable[[], Path], failed: Callable[[str], None]) -> None:
        self._next_number = first_number
        self._scratch, self._tell_failed = scratch, failed
        self._store: BlockTakes | None = None
        self._scene = Scene()
        self._under_way: Mapping[int, str] = {}
        self._sounds: dict[SoundId, FedSound] = {}
        self._failed: set[SoundId] = set()
        self._again_s = 0.0
        self.targets: dict[int, FedSound] = {}
        """The sound of each block, or of the lane of the film's own sound, by id, as far as there is one."""
        self.awaited: frozenset[int] = frozenset()
        """The blocks whose take is not being made yet."""

    def update(self, scene: Scene, store: BlockTakes, under_way: Mapping[int, str]) -> list[int]:
        """Take over a scene and the takes that are being made; returns the numbers of sounds that are forgotten."""
        if self._store is None or store.folder != self._store.folder or time.monotonic() >= self._again_s:
            self._failed.clear()
            self._again_s = time.monotonic() + _AGAIN_S
        self._scene, self._store, self._under_way = scene, store, under_way
        targets: dict[int, FedSound] = {}
        used: list[SoundId] = []
        awaited = {block.block_id for block in scene.blocks() if isinstance(block, GeneratedBlock)}
        for lane in scene.lanes:
            for sound_id, wanted in self._wanted(lane, scene):
                awaited.discard(sound_id)
                sound = self._found(wanted, sound_id)
                if sound is not None:
                    targets[sound_id] = sound
                    used.append(wanted)
        self.targets, self.awaited = targets, frozenset(awaited)
        for key in used:  # those used last are the last to be forgotten
            self._sounds[key] = self._sounds.pop(key)
        return self._forget_unused(set(used))

    def give_up(self, sound: FedSound, error: EngineError) -> int:
        """Close a sound that cannot be read, and say so; returns its number."""
        key = next(key for key, other in self._sounds.items() if other is sound)
        self.targets = {sound_id: other for sound_id, other in self.targets.items() if other is not sound}
        self._fail(key, error)
        del self._sounds[key]
        sound.close()
        return sound.number

    def sounds(self) -> Iterable[FedSound]:
        """Return all open sounds."""
        return self._sounds.values()

    def close(self) -> None:
        """Close everything."""
        for sound in self._sounds.values():
            sound.close()
        self._sounds.clear()

    def _wanted(self, lane: Lane, scene: Scene) -> Iterable[tuple[int, SoundId]]:
        if lane.kind is LaneKind.FILM_SOUND and scene.film is not None:
            yield lane.lane_id, (scene.film.file.path, None, False, None)
        is_head_locked = lane.kind is LaneKind.HEAD_LOCKED
        for block in lane.blocks:
            if not isinstance(block, GeneratedBlock):
                yield block.block_id, (block.file.path, block.convention, is_head_locked, block.bed_seed)
            elif (take_id := self._take_of(block)) is not None:
                yield block.block_id, (take_id,)

    def _take_of(self, block: GeneratedBlock) -> str | None:
        """Return the take to hear: the current one, or that which is being made if the current one is too short."""
        assert self._store is not None
        under_way = self._under_way.get(block.block_id)
        if block.current is None or under_way is None or under_way == block.current:
            return block.current or under_way
        try:
            if not self._store.has(block.current):
                return under_way
            with self._store.open(block.current) as take:
                return block.current if take.patches >= self._patches(block) else under_way
        except MediaError:
            return under_way

    def _patches(self, block: Block) -> int:
        return wanted_patches(block, self._scene.length_samples) if isinstance(block, GeneratedBlock) else 0

    def _found(self, key: SoundId, sound_id: int) -> FedSound | None:
        if key in self._failed:
            return None
        sound = self._sounds.get(key)
        try:
            if sound is None:
                sound = self._sounds[key] = self._opened(key)
            if isinstance(sound, TakeSound):
                sound.wanted = max(sound.wanted, self._patches(self._scene.block(sound_id)))
                sound.look()
        except EngineError as error:
            self._sounds.pop(key, None)
            self._fail(key, error)
            return None
        return sound

    def _opened(self, key: SoundId) -> FedSound:
        number = self._next_number
        self._next_number += 1
        if len(key) == 1:
            assert self._store is not None
            return TakeSound(number, self._store, key[0], 0)
        from engine.export.reading.film_source import SilentFilmError
        from engine.runtime.feeding.bed_sound import BedSound
        from engine.runtime.feeding.recorded_sound import NoSound, RecordedSound

        path, convention, is_head_locked, bed_seed = key
        try:
            file = self._scratch() / f"{number}.sound"
            if bed_seed is not None and convention is not None:
                return BedSound(number, Path(path), convention, file, bed_seed, head_locked=is_head_locked)
            return RecordedSound(number, Path(path), convention, file, head_locked=is_head_locked)
        except SilentFilmError:
            if convention is None:
                return NoSound(number, Path(path))
            raise

    def _fail(self, key: SoundId, error: EngineError) -> None:
        self._failed.add(key)
        self._tell_failed(str(error))

    def _forget_unused(self, used: set[SoundId]) -> list[int]:
        unused = [key for key in self._sounds if key not in used]
        forgotten = []
        for key in unused[: max(0, len(unused) - _MOST_UNUSED)]:
            sound = self._sounds.pop(key)
            sound.close()
            forgotten.append(sound.number)
        return forgotten
