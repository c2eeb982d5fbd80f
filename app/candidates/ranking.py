"""Ranks takes on disk in a child process, because the scorer needs torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.errors import CancelledError, EngineError, MediaError
from engine.contract.making import RankedTake
from engine.contract.scene.recipe import SceneTake
from engine.files.stopping import stopping_in_order
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.processes.asked_child import asked_child, told_as

_PATIENCE_S: Final = 120.0
_MOST_PATCHES: Final = 188
"""30 s of each take are judged: the scorer was fitted to short clips, and memory stays small."""


@dataclass(frozen=True)
class _Asked:
    folder: Path
    takes: tuple[SceneTake, ...]


def ranked_takes(
    folder: Path, takes: Sequence[SceneTake], cancelled: Callable[[], bool] = lambda: False
) -> tuple[RankedTake, ...]:
    """Return takes of the same words, the best first, with reasons. Takes seconds: not for the window's thread.

    Raises CancelledError, MediaError if a take is missing or damaged or the ranking stopped, CheckpointError if the
    scorer cannot be read.
    """
    stopped = MediaError("The candidates could not be ranked: the ranking stopped. They are in the list.")
    errors = told_as(cancelled=CancelledError("The candidates were not ranked."), late=stopped, died=stopped)
    with errors, asked_child("ranking", _child_main, _Asked(folder, tuple(takes))) as child:
        ranking: tuple[RankedTake, ...] = child.answer(_PATIENCE_S, cancelled)
    return ranking


def _child_main(asked: _Asked, session: Connection) -> None:
    try:
        with stopping_in_order():
            session.send(_ranked(asked))
    except EngineError as error:
        session.send(error)


def _ranked(asked: _Asked) -> tuple[RankedTake, ...]:
    from engine.evaluation.ranking.candidates import rank
    from engine.evaluation.ranking.shipped import shipped_scorer

    if not asked.takes:
        return ()
    fields, store, recipe = [], BlockTakes(asked.folder), asked.takes[0].recipe
    for scene_take in asked.takes:
        with store.open(scene_take.take_id) as take:
            fields.append(take.read(0, min(take.patches, _MOST_PATCHES) * PATCH_SAMPLES))
    direction = None if recipe.direction is None else recipe.direction.unit_vector()
    order = rank(fields, recipe.words, direction, shipped_scorer())
    return tuple(RankedTake(asked.takes[one.index].take_id, one.score, one.reasons) for one in order)
