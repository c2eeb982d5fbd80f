"""A take as a sound of the mix while it grows, and after a block was made longer."""

from pathlib import Path

import numpy as np

from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.ear.scene_deck import SceneDeck
from engine.runtime.ear.scene_sounds import SceneSounds
from engine.runtime.feeding.take_sound import TakeSound
from engine.runtime.processes.scene_messages import KnownSound, PiecesShown
from engine.runtime.shared.state import SharedState
from tests.engine.runtime.block_takes.test_take_files import HEAD, patch

PIECES = 4


def test_a_block_that_is_made_longer_while_its_take_is_whole_stays_in_its_room(tmp_path: Path) -> None:
    store, state = BlockTakes(tmp_path), SharedState()
    ear = SceneSounds(SceneDeck(state), state)
    take_id, writer = store.begin(HEAD)
    with writer:
        for index in range(5):
            writer.add(patch(index))
    sound = TakeSound(1, store, take_id, 5)
    room, shown = 0, 0

    def measure() -> None:
        nonlocal room, shown
        while sound.step():
            pass
        for message in sound.news():
            ear.take(message)
            if isinstance(message, KnownSound):
                room = message.pieces
            elif isinstance(message, PiecesShown):
                assert message.first + len(message.sure) <= room
                shown = max(shown, message.first + len(message.sure))

    measure()
    assert (room, shown) == (5 * PIECES, 5 * PIECES)
    sound.wanted = 8
    with store.extend(take_id) as writer:
        for index in range(5, 8):
            writer.add(patch(index))
            sound.look()
            measure()
            assert (room, shown) == (8 * PIECES, (index + 1) * PIECES)
    sound.close()
    state.close()


def test_the_ear_outlives_directions_of_pieces_that_it_has_no_room_for(tmp_path: Path) -> None:
    state = SharedState()
    ear = SceneSounds(SceneDeck(state), state)
    store = BlockTakes(tmp_path)
    take_id, writer = store.begin(HEAD)
    with writer:
        writer.add(patch(0))
    sound = TakeSound(1, store, take_id, 1)
    while sound.step():
        pass
    for message in sound.news():
        ear.take(message)
    ear.take(PiecesShown(1, 2, np.ones((4, 3)), np.full(4, 0.25)))
    ear.take(PiecesShown(1, 9, np.ones((4, 3)), np.full(4, 0.25)))
    assert ear._shown[1].sure[2:].tolist() == [0.25, 0.25]
    sound.close()
    state.close()
