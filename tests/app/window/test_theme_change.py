"""The theme changes while the window is open: everything looks as if it had been opened in it."""

import pytest
from PySide6.QtGui import QImage

from app.bootstrap import AppOptions, build
from tests.app.fake_panorama import FakePanorama
from tests.app.fake_session import FILM, FakeSession, fake_look, levels_at
from widgets.parts.theme import DARK, LIGHT, Colours, apply_theme


def pictures(qtbot, qapp, folder, themes: tuple[Colours, ...]) -> list[QImage]:
    """Return each tab of a window that goes through themes, in the last one."""
    apply_theme(qapp, themes[0])
    options = AppOptions(settings_file=folder / "settings.ini", recovery_dir=folder / "projects")
    app = build(options, FakePanorama, FakeSession, fake_look)
    window = app.window
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.resize(1280, 800)
    app.bridge.start()
    app.bridge.open_film(FILM)
    window.timeline.actions_by_name["add_lane"].trigger()
    window.focus_film()
    for k in range(40):
        app.wiring._show_levels(levels_at(0.033 * k))
    taken = []
    for theme in themes:
        apply_theme(qapp, theme)
        taken = []
        window.below.show_panel(window.timeline)
        for tabs in (window.side, window.below):
            for panel in tabs._panels:
                tabs.show_panel(panel)
                qtbot.wait(20)
                window.meters.advance(10.0)  # the bars have come to rest
                taken.append(window.grab().toImage().copy())
    app.close()
    return taken


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), [(DARK, LIGHT), (LIGHT, DARK)], ids=["to light", "to dark"])
def test_a_changed_window_looks_like_a_new_one(qtbot, qapp, tmp_path, first, second):
    fresh = pictures(qtbot, qapp, tmp_path / "fresh", (second,))
    changed = pictures(qtbot, qapp, tmp_path / "changed", (first, second))
    assert len(fresh) >= 4
    differing = []
    for number, (one, other) in enumerate(zip(fresh, changed, strict=True)):
        if one != other:
            one.save(str(tmp_path / f"{number}-fresh.png"))
            other.save(str(tmp_path / f"{number}-changed.png"))
            differing.append(number)
    assert differing == [], tmp_path
