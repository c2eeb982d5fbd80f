"""The app with a fake session and a plain picture, offscreen."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))

import pytest
from fake_panorama import FakePanorama
from fake_session import FakeSession, fake_look

from app.bootstrap import App, AppOptions, build
from widgets.theme import apply_theme


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def app(qtbot, qapp, session, tmp_path) -> App:
    apply_theme(qapp)
    made = build(AppOptions(settings_file=tmp_path / "settings.ini"), FakePanorama, lambda: session, fake_look)
    qtbot.addWidget(made.window)
    yield made
    made.close()
