"""The app with a fake session and a plain picture, offscreen."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from app.bootstrap import App, AppOptions, build
from app.window.main_window import MainWindow
from tests.app.fake_known_sounds import FakeKnownSounds
from tests.app.fake_maker import FakeMaker
from tests.app.fake_panorama import FakePanorama
from tests.app.fake_session import FILM, FakeSession, fake_look
from widgets.parts.theme import apply_theme


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def maker() -> FakeMaker:
    return FakeMaker()


@pytest.fixture
def sounds() -> FakeKnownSounds:
    return FakeKnownSounds()


@pytest.fixture
def app(qtbot, qapp, session, maker, sounds, tmp_path) -> App:
    apply_theme(qapp)
    made = build(
        AppOptions(settings_file=tmp_path / "settings.ini", recovery_dir=tmp_path / "recovery"),
        FakePanorama,
        lambda: session,
        fake_look,
        lambda: maker,
        lambda: sounds,
    )
    qtbot.addWidget(made.window)
    yield made
    made.close()


@pytest.fixture
def active(app, qtbot) -> MainWindow:
    """Return the window in front, with a film open."""
    with qtbot.waitActive(app.window):
        app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    return app.window
