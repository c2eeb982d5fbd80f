"""The timeline of the whole scene; a file of tests may have an owner of its own."""

import pytest

from tests.engine.contract.scene.scenes import whole_scene
from tests.widgets.timeline.timelines import Owner, shown


@pytest.fixture
def owner(qtbot) -> Owner:
    return shown(qtbot, Owner(whole_scene()))
