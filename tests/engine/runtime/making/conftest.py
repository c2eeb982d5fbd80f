"""A rough model and a loop that makes takes with it; a file of tests may have a model of its own."""

from pathlib import Path

import pytest

from engine.model.streaming.streamer import PatchStreamer
from tests.engine.runtime.making.making_rig import Rig
from tests.engine.runtime.making.rough_model import RoughModel


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PatchStreamer:
    return RoughModel(tmp_path_factory.mktemp("rough")).save()()


@pytest.fixture
def rig(model: PatchStreamer, tmp_path: Path) -> Rig:
    return Rig(model, tmp_path / "takes")
