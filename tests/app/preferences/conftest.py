"""The preferences of the app."""

import pytest

from app.preferences.preferences import Preferences


@pytest.fixture
def preferences(app) -> Preferences:
    (found,) = app.window.findChildren(Preferences)
    return found
