"""Beams hear a source where it is, and a diffuse field everywhere alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.grid import fibonacci_directions
from engine.ambisonics.intensity import levels_of
from engine.contract.audio import FoaBlock
from engine.contract.beams import beam_energies, beam_form, loudest_beam
from engine.contract.directions import angle_between, unit_vectors
from tests.fakes import field_covariance

SPHERE = fibonacci_directions(2000)


@given(st.floats(-np.pi, np.pi), st.floats(-1.5, 1.5))
def test_the_loudest_beam_points_to_the_source(azimuth: float, elevation: float) -> None:
    source = unit_vectors(azimuth, elevation)
    mono = 0.1 * np.random.default_rng(0).standard_normal(1920)
    levels = levels_of(FoaBlock(0, 0, encode_point(mono, source)))
    energies = beam_energies(beam_form(levels.covariance), SPHERE)
    assert np.rad2deg(angle_between(SPHERE[np.argmax(energies)], source)) < 4.0
    assert np.rad2deg(angle_between(loudest_beam(beam_form(levels.covariance))[0], source)) < 0.1


@given(st.integers(0, 1000))
def test_the_loudest_of_several_sources_is_found_as_a_fine_grid_finds_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((3, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    powers = random.uniform(0.0, 1.0, 3)
    form = beam_form(sum(field_covariance(v, p) for v, p in zip(vectors, powers, strict=True)))
    _, energy = loudest_beam(form)
    assert energy >= 0.999 * beam_energies(form, SPHERE).max()


def test_a_plane_wave_gives_a_cardioid() -> None:
    form = beam_form(field_covariance((0.0, 1.0, 0.0), power=2.0))
    towards, aside, away = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    assert beam_energies(form, np.stack([towards, aside, away])) == pytest.approx([2.0, 0.5, 0.0])


def test_a_diffuse_field_gives_a_third_everywhere() -> None:
    energies = beam_energies(beam_form(field_covariance(power=0.3, diffuseness=1.0)), SPHERE)
    np.testing.assert_allclose(energies, 0.1)
