"""First-order sound of recordings and films as AmbiX, whatever the file's convention."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.normalisation import fuma_to_ambix, n3d_to_sn3d
from engine.contract.conventions import FOA_CHANNELS
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.source import Convention
from engine.training.data.corpus_audio import BLOCK_SAMPLES, AudioFacts, Block, blocks

_TO_AMBIX: Final[dict[Convention, Callable[[NDArray[np.floating[Any]]], NDArray[np.floating[Any]]]]] = {
    "ambix": lambda block: block,
    "fuma": fuma_to_ambix,
    "n3d": n3d_to_sn3d,
}


def ambix_blocks(facts: AudioFacts, convention: Convention | None) -> Iterator[Block]:
    """Yield AmbiX (4, n) of about a second, at the file's own rate, to its end.

    Without a convention a sound file is what it says (AMB is FuMa) and a film is AmbiX, as the formats for 360 films
    demand. Raises MediaError where the file is damaged.
    """
    if facts.stream is None:
        with AmbixReader(facts.path, convention) as reader:
            yield from reader.blocks(BLOCK_SAMPLES)
    else:
        convert = _TO_AMBIX[convention or "ambix"]
        for block in blocks(facts):
            yield np.ascontiguousarray(convert(block[:FOA_CHANNELS]))
