import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QToolButton

from widgets.parts import icons
from widgets.parts.theme import COLOURS, LIGHT, style_sheet


def luminance(colour: str) -> float:
    parts = [channel / 255 for channel in QColor(colour).getRgb()[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("colours", [COLOURS, LIGHT])
@pytest.mark.parametrize("ground", ["window", "panel", "raised"])
@pytest.mark.parametrize("text", ["text", "muted", "warning", "bad", "good"])
def test_text_can_be_read(colours, ground, text):
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", [COLOURS, LIGHT])
def test_text_on_the_accent_can_be_read(colours):
    assert contrast(colours.accent_text, colours.accent) >= 4.5
    assert contrast(colours.text, colours.chosen) >= 4.5


def test_every_picture_of_the_style_sheet_is_there():
    files = re.findall(r"url\(([^)]+)\)", style_sheet())
    assert files
    assert all(Path(file).is_file() for file in files)


@pytest.mark.parametrize("name", ["play", "pause", "to_start", "loop", "sound", "muted"])
def test_icons_draw_something_and_grey_out(qapp, name):
    icon = getattr(icons, f"{name}_icon")()
    normal = icon.pixmap(24, 24, QIcon.Mode.Normal).toImage()
    grey = icon.pixmap(24, 24, QIcon.Mode.Disabled).toImage()
    assert any(normal.pixelColor(x, y).alpha() for x in range(24) for y in range(24))
    assert normal != grey


def test_a_button_that_is_on_does_not_look_like_one_that_has_the_keyboard(qtbot):
    button = QToolButton()
    button.setCheckable(True)
    button.resize(40, 40)
    qtbot.addWidget(button)
    with qtbot.waitActive(button):
        button.show()

    def look(checked, focused):
        button.setChecked(checked)
        (button.setFocus if focused else button.clearFocus)()
        image = button.grab().toImage()
        return image.pixelColor(20, 0).name(), image.pixelColor(20, 8).name()

    assert look(False, True) == (COLOURS.accent, COLOURS.raised)
    assert look(True, False) == (COLOURS.chosen, COLOURS.chosen)
    assert look(True, True) == (COLOURS.accent, COLOURS.chosen)
