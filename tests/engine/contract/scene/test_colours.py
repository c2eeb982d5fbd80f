"""The colours of lanes are told apart by everybody, and seen on a dark panel."""

import itertools

import numpy as np
from numpy.typing import NDArray

from engine.contract.scene.lane import COLOURS

# Full protanopia, deuteranopia and tritanopia on linear RGB (Machado, Oliveira and Fernandes 2009).
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
DARK_PANEL = "#1b1e24"


def linear(colour: str) -> NDArray[np.float64]:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = TO_XYZ @ rgb.clip(0.0, 1.0) / WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16.0 / 116.0)
    return np.array([116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])])


def luminance(colour: str) -> float:
    return float(TO_XYZ[1] @ linear(colour))


def test_any_two_are_apart_for_any_vision() -> None:
    for name, seen in VISION.items():
        places = {colour: lab(seen @ linear(colour)) for colour in COLOURS}
        for one, other in itertools.combinations(COLOURS, 2):
            assert np.linalg.norm(places[one] - places[other]) > 20.0, (name, one, other)


def test_they_stand_out_on_a_dark_panel() -> None:
    for colour in COLOURS:
        assert (luminance(colour) + 0.05) / (luminance(DARK_PANEL) + 0.05) > 2.5, colour
