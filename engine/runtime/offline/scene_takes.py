"""The takes of a scene's blocks for one rendering: the chosen ones from disk, and the others as they are made."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import MediaError
from engine.contract.generation import PatchSource
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.scene import SceneFilm
from engine.rendering.blocks.keys import maker_for
from engine.rendering.blocks.requests import patches_of
from engine.rendering.mix.sounds import BlockSound
from engine.rendering.requests import Frame
from engine.rendering.takes import MadePatch
from engine.runtime.block_takes.making import make_take
from engine.runtime.block_takes.reader import TakeReader
from engine.runtime.block_takes.sounds import sound_of
from engine.runtime.block_takes.store import BlockTakes

_MOST_OPEN: Final = 64
_LATEST: Final = 64
"""So many takes that no block names are searched for a sound, the latest: an earlier rendering may have made it."""


class SceneTakes:
    """Finds and makes takes in a store. Not thread-safe; `close` closes the files.

    `source` loads the model and is called only if something has to be made. `frame_at` shows the film, if there is one.
    `watch` gets the patches as they are made.
    """

    def __init__(
        self,
        store: BlockTakes,
        source: Callable[[], PatchSource],
        film: SceneFilm | None,
        frame_at: Callable[[float], Frame] | None,
        cancelled: Callable[[], bool],
        watch: Callable[[MadePatch], None] = lambda patch: None,
    ) -> None:
        self._store, self._load, self._film, self._watch = store, source, film, watch
        self._frame_at, self._cancelled = frame_at, cancelled
        self._source: PatchSource | None = None
        self._open: OrderedDict[str, TakeReader] = OrderedDict()
        self._sounds: dict[str, BlockSound] = {}
        self._ids: dict[int, str] = {}
        self.made: dict[int, str] = {}
        """The ids of the takes that were made, by block."""

    def close(self) -> None:
        """Close the files."""
        while self._open:
            self._open.popitem()[1].close()

    def has(self, block: GeneratedBlock) -> bool:
        """Return whether the chosen take of a block is on disk, as long as the block needs it.

        It counts whatever weights made it: the user chose its sound.
        """
        if block.current is None:
            return False
        try:
            return self._reader(block.current).patches >= patches_of(block)
        except MediaError:
            return False

    def make(self, block: GeneratedBlock, progress: Callable[[int], None]) -> None:
        """Make what no take of a block has yet. `progress` gets the number of finished patches.

        Raises CancelledError, ExportError, MediaError, or CheckpointError if the model cannot be loaded.
        """
        if self._source is None:
            self._source = self._load()
        own = [take.take_id for take in block.takes]
        chosen = [] if block.current is None else [block.current]
        made = make_take(
            block,
            self._source,
            self._store,
            maker_for(self._source, block.recipe, self._film),
            take_ids=dict.fromkeys((*chosen, *reversed(own), *self._store.ids()[-_LATEST:])),
            frame_at=self._frame_at,
            progress=lambda done, _: progress(done),
            cancelled=self._cancelled,
            watch=self._watch,
        )
        self._ids[block.block_id] = made.take_id
        if made.sampled:
            self.made[block.block_id] = made.take_id

    def sound(self, block: GeneratedBlock) -> BlockSound:
        """Return the sound of a block whose take is there or was made. Raises MediaError if it is damaged."""
        take_id = self._ids.get(block.block_id, block.current or "")
        if take_id not in self._sounds:
            self._sounds[take_id] = sound_of(self._reader(take_id), _TakeSamples(self, take_id))
        return self._sounds[take_id]

    def model(self, block: GeneratedBlock) -> str:
        """Return the hash of the weights that made the take of a block. Raises MediaError if it is damaged."""
        return self._reader(self._ids.get(block.block_id, block.current or "")).head.model

    def read(self, take_id: str, start: int, count: int) -> NDArray[np.float32]:
        """Return samples of a take, AmbiX (4, count). Raises MediaError if it is damaged."""
        return self._reader(take_id).read(start, count)

    def _reader(self, take_id: str) -> TakeReader:
        """Return an open take; those that were not used for the longest time are closed."""
        reader = self._open.pop(take_id, None) or self._store.open(take_id)
        self._open[take_id] = reader
        while len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        return reader


class _TakeSamples:
    """Implements `Samples` for a take."""

    def __init__(self, takes: SceneTakes, take_id: str) -> None:
        self._takes, self._take_id = takes, take_id

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return samples (4, count); see `Samples`."""
        return self._takes.read(self._take_id, start, count)
