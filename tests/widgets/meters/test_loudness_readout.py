"""Numbers of loudness and the loudest direction, as the user reads them."""

import numpy as np
import pytest
from PySide6.QtGui import QColor

from engine.contract.directions import unit_vectors
from engine.contract.telemetry import HeardLoudness, LoudnessValues
from tests.fakes import field_levels
from widgets.meters.loudest_look import LoudestLook
from widgets.meters.loudness_readout import LoudnessReadout
from widgets.parts.theme import COLOURS


@pytest.fixture
def readout(qtbot) -> LoudnessReadout:
    made = LoudnessReadout()
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    return made


@pytest.fixture
def look(qtbot) -> LoudestLook:
    made = LoudestLook()
    qtbot.addWidget(made)
    return made


def colours(readout: LoudnessReadout) -> set[str]:
    image = readout.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_a_true_peak_above_full_scale_is_marked(readout: LoudnessReadout, qtbot) -> None:
    ears = LoudnessValues(-20.0, -20.0, -20.0, -0.1, -0.05)
    readout.show_loudness(HeardLoudness(ears, ears))
    assert QColor(COLOURS.bad).name() not in colours(readout)
    over = LoudnessValues(-20.0, -20.0, -20.0, -0.1, 0.4)
    readout.show_loudness(HeardLoudness(over, ears))
    qtbot.waitUntil(lambda: readout.columns[0][4] == "0.4", timeout=1000)
    assert QColor(COLOURS.bad).name() in colours(readout)


def test_silence_shows_no_numbers(readout: LoudnessReadout) -> None:
    readout.show_loudness(HeardLoudness(LoudnessValues(-120.0), LoudnessValues()))
    assert set(readout.columns[0]) == set(readout.columns[1])
    assert len(set(readout.columns[0])) == 1


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "said"),
    [(30, 10, "30° left, 10° up"), (-90, 0, "90° right"), (180, -20, "behind, 20° down"), (0, 0, "front")],
)
def test_the_loudest_direction_is_the_source(
    look: LoudestLook, azimuth_deg: int, elevation_deg: int, said: str
) -> None:
    vector = unit_vectors(np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg))
    for _ in range(6):
        look.show_levels(field_levels(0.0, vector, 0.02, 0.3))
    assert look.text() == f"Loudest: {said}"


def test_a_diffuse_field_is_all_around_and_silence_is_silence(look: LoudestLook) -> None:
    assert look.text() == "Loudest: silence"
    look.show_levels(field_levels(power=0.02, diffuseness=1.0))
    assert look.text() == "Loudest: all around"
    look.clear_field()
    look.show_levels(field_levels(power=0.0))
    assert look.text() == "Loudest: silence"
