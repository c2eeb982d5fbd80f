"""What tests of scenes at the ear share."""

import pytest

from tests.engine.runtime.ear.scene_rig import SceneRig


@pytest.fixture
def rig(tmp_path):
    """A rig that plays from the start."""
    rig = SceneRig(tmp_path)
    rig.seek(0)
    rig.state.play = True
    yield rig
    rig.close()
