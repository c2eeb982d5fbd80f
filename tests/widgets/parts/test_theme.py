import re
from pathlib import Path

import pytest
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QToolButton

from engine.contract.conventions import AcnChannel
from tests.colour_vision import VISION, contrast, least_distance
from widgets.parts import icons
from widgets.parts.theme import COLOURS, DARK, LIGHT, apply_theme, style_sheet

THEMES = [DARK, LIGHT]


@pytest.mark.parametrize("colours", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", ["window", "panel", "raised"])
@pytest.mark.parametrize("text", ["text", "muted", "warning", "bad", "good"])
def test_text_can_be_read(colours, ground, text):
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", THEMES, ids=lambda theme: theme.name)
def test_text_on_what_is_chosen_and_the_names_of_channels_can_be_read(colours):
    for ground in (colours.accent, colours.warning):  # of the main button, and of one that warns
        assert contrast(colours.accent_text, ground) >= 4.5
    assert contrast(colours.text, colours.chosen) >= 4.5
    for channel in colours.channels.values():
        assert contrast(channel, colours.panel) >= 4.5
        assert contrast(channel, colours.window) >= 4.5


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("colours", THEMES, ids=lambda theme: theme.name)
def test_everybody_tells_channels_and_states_apart(colours, vision):
    assert least_distance(colours.channels.values(), vision) > 20.0
    assert least_distance((colours.good, colours.warning, colours.bad, colours.muted), vision) > 15.0


@pytest.mark.parametrize("colours", THEMES, ids=lambda theme: theme.name)
def test_a_colour_has_one_meaning(colours):
    states = (colours.good, colours.warning, colours.bad, colours.accent)
    for channel in (AcnChannel.X, AcnChannel.Y, AcnChannel.Z):
        for state in states:
            assert least_distance((colours.channels[channel], state), "normal") > 15.0, (channel, state)


@pytest.mark.parametrize("colours", THEMES, ids=lambda theme: theme.name)
def test_what_is_painted_is_that_of_the_theme_in_use(qapp, colours):
    apply_theme(qapp, colours)
    assert (COLOURS.name, COLOURS.panel) == (colours.name, colours.panel)
    image = icons.play_icon().pixmap(24, 24).toImage()
    assert image.pixelColor(11, 12).name() == colours.text


def test_no_widget_keeps_the_colours_of_one_theme():
    """Only what lies over the film is dark in both themes."""
    marks = {"direction_overlay.py", "mark_pictures.py", "marks.py", "horizon_hand.py"}
    over_film = {"panorama_shader.py", "energy_map.py", *marks}
    for file in Path("widgets").resolve().rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if file.parent.name != "parts" and file.name not in over_film:
            assert not re.search(r"import .*\b(DARK|LIGHT)\b", text), file
        assert not re.search(r"^\S.*=.*\bCOLOURS\.", text, re.MULTILINE), f"{file} reads a colour when it is imported"


@pytest.mark.parametrize("colours", THEMES, ids=lambda theme: theme.name)
def test_every_picture_of_the_style_sheet_is_there(colours):
    files = re.findall(r"url\(([^)]+)\)", style_sheet(colours))
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
