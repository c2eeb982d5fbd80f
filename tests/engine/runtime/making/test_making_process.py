"""The process that makes takes: it is told scenes, it says what it made, and it ends in order or at once."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.errors import CheckpointError
from engine.contract.generation import StreamSource
from engine.contract.making import Playhead
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.making.maker import TakeMaker
from engine.runtime.making.messages import CandidatesProgress, MakingProgress, TakeFinished
from engine.runtime.processes.messages import Failure, SourceReady
from tests.engine.runtime.making.making_rig import block, scene_of
from tests.engine.runtime.making.rough_model import RoughModel

PATIENCE_S = 60.0


@dataclass(frozen=True)
class NoModel:
    def __call__(self) -> StreamSource:
        raise CheckpointError("There are no weights here.")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> RoughModel:
    return RoughModel(tmp_path_factory.mktemp("rough")).save()


def wait_for(maker: TakeMaker, kind: type, said: list[Any]) -> Any:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        said += maker.drain()
        for message in said:
            if isinstance(message, kind):
                return message
        time.sleep(0.02)
    raise AssertionError(f"no {kind.__name__} in {said}")


def test_a_scene_goes_in_and_takes_come_out(model: RoughModel, tmp_path: Path) -> None:
    maker, said = TakeMaker(model), []
    try:
        maker.follow(Playhead(0, True))
        version = maker.make(scene_of(block(1, 0)), tmp_path / "takes")
        finished = wait_for(maker, TakeFinished, said)
        assert isinstance(said[0], SourceReady)
        assert finished.block_id == 1
        with BlockTakes(tmp_path / "takes").open(finished.take.take_id) as take:
            assert take.patches == 10
        assert {m.version for m in said if isinstance(m, MakingProgress)} == {version}
        request = maker.make_candidates(finished.take.recipe, (7,), 3)
        said.clear()
        while not (progress := wait_for(maker, CandidatesProgress, said)).is_over:
            said.remove(progress)
        assert progress.request == request
    finally:
        maker.close()
    assert not [m for m in said if isinstance(m, Failure)]


def test_it_ends_in_order_while_it_makes_a_long_take(model: RoughModel, tmp_path: Path) -> None:
    maker, said = TakeMaker(model), []
    maker.make(scene_of(block(1, 0, patches=3000)), tmp_path / "takes")
    while not any(isinstance(m, MakingProgress) and m.blocks[0].made > 3 for m in said):
        wait_for(maker, MakingProgress, said)
        said += maker.drain()
    began = time.monotonic()
    maker.close()
    assert time.monotonic() - began < 3.0
    store = BlockTakes(tmp_path / "takes")
    (take_id,) = store.ids()
    with store.extend(take_id) as writer:
        assert writer.patches > 3


def test_a_killed_process_is_told_and_another_one_goes_on(model: RoughModel, tmp_path: Path) -> None:
    scene = scene_of(block(1, 0, patches=40))
    maker, said = TakeMaker(model), []
    maker.make(scene, tmp_path / "takes")
    while not any(isinstance(m, MakingProgress) and m.blocks[0].made > 3 for m in said):
        wait_for(maker, MakingProgress, said)
        said += maker.drain()
    pid = maker._child.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    failure = wait_for(maker, Failure, said)
    assert failure.fatal
    maker.close()
    again, heard = TakeMaker(model), []
    try:
        again.make(scene, tmp_path / "takes")
        wait_for(again, TakeFinished, heard)
    finally:
        again.close()
    first = next(m for m in heard if isinstance(m, MakingProgress))
    assert first.blocks[0].made > 3
    assert len(BlockTakes(tmp_path / "takes").ids()) == 1


def test_a_model_that_cannot_be_loaded_is_a_sentence(tmp_path: Path) -> None:
    maker, said = TakeMaker(NoModel()), []
    try:
        failure = wait_for(maker, Failure, said)
        assert failure.fatal
        assert failure.message == "There are no weights here."
    finally:
        maker.close()


def test_the_largest_scene_is_sent_without_waiting(tmp_path: Path) -> None:
    """The window's thread only puts the scene into an outbox; the process need not even have started."""
    lanes = tuple(
        scene_of(
            GeneratedBlock(block_id=1 + i, length_samples=400 * PATCH_SAMPLES, recipe=Recipe.of(f"rain {i}", i))
        ).lanes[0]
        for i in range(32)
    )
    scene, maker = Scene(lanes=lanes, next_id=10_000), TakeMaker(NoModel())
    try:
        times = []
        for _ in range(20):
            began = time.perf_counter()
            maker.make(scene, tmp_path)
            times.append(time.perf_counter() - began)
        assert min(times) < 0.001
    finally:
        maker.close()
