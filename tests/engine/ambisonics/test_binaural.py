import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ambisonics.binaural import MAX_TAPS, SWAP_SAMPLES, BinauralFilters, BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.encoding import encode_point
from engine.contract.directions import unit_vectors
from engine.contract.view import FRONT, ViewOrientation

RATE = 48_000


@pytest.fixture(scope="module")
def shipped():
    return load_filters()


def at(azimuth_deg, mono):
    return encode_point(mono, unit_vectors(np.deg2rad(azimuth_deg), 0.0))


def noise(samples, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


def tone(frequency_hz, samples):
    return (0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(samples) / RATE)).astype(np.float32)


def filters_like(taps, seed):
    rng = np.random.default_rng(seed)
    return BinauralFilters((rng.standard_normal((2, 4, taps)) * 0.05).astype(np.float32))


def level_difference_db(ears):
    left, right = np.sum(np.square(ears, dtype=float), axis=1)
    return 10 * np.log10(left / right)


def left_lead_ms(ears):
    """How much earlier the left ear hears it, by the peak of the low-passed cross-correlation."""
    size = 2 * ears.shape[1]
    spectra = np.fft.rfft(ears, size, axis=1)
    spectra[:, np.fft.rfftfreq(size, 1 / RATE) > 1500.0] = 0.0
    correlation = np.fft.irfft(spectra[1] * np.conj(spectra[0]), size)
    lag = int(np.argmax(correlation))
    return 1000.0 * (lag - size if lag > size // 2 else lag) / RATE


@pytest.mark.slow
@pytest.mark.parametrize("side", [1, -1])
def test_a_source_at_the_side_is_louder_and_earlier_in_the_near_ear(shipped, side):
    ears = BinauralRenderer(shipped).process(at(90.0 * side, noise(RATE)))
    assert side * level_difference_db(ears) > 5.0
    assert 0.2 < side * left_lead_ms(ears) < 0.9


@pytest.mark.slow
def test_turning_the_view_by_half_a_turn_swaps_the_sides(shipped):
    foa, behind = at(90.0, noise(RATE)), ViewOrientation(np.pi)
    front = BinauralRenderer(shipped).process(foa)
    turned = BinauralRenderer(shipped, behind).process(foa, behind)
    assert level_difference_db(turned) < -5.0
    assert level_difference_db(turned) == pytest.approx(-level_difference_db(front), abs=0.5)
    assert left_lead_ms(turned) == pytest.approx(-left_lead_ms(front), abs=0.03)


def test_looking_at_the_source_brings_it_to_the_middle(shipped):
    view = ViewOrientation(np.deg2rad(90.0))
    ears = BinauralRenderer(shipped, view).process(at(90.0, noise(RATE)), view)
    assert abs(level_difference_db(ears)) < 0.5
    assert abs(left_lead_ms(ears)) < 0.03


def test_it_is_the_plain_convolution(shipped):
    foa = np.stack([noise(3000, seed) for seed in range(4)])
    expected = [sum(np.convolve(foa[c], shipped.taps[ear, c])[:3000] for c in range(4)) for ear in range(2)]
    np.testing.assert_allclose(BinauralRenderer(shipped).process(foa), expected, atol=2e-6)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=8), st.sampled_from([1, 64, 256, MAX_TAPS]))
def test_streamed_equals_whole_for_any_cutting(sizes, taps):
    filters, view = filters_like(taps, 1), ViewOrientation(2.0, 0.3, -0.2)
    total = sum(sizes)
    foa = np.stack([noise(total, seed) for seed in range(4)])
    whole = BinauralRenderer(filters).process(foa, view)
    renderer = BinauralRenderer(filters)
    pieces = [renderer.process(piece, view) for piece in np.split(foa, np.cumsum(sizes)[:-1], axis=1)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-5)


def test_output_does_not_depend_on_later_input(shipped):
    foa = np.stack([noise(2000, seed) for seed in range(4)])
    changed = foa.copy()
    changed[:, 1200:] *= -3.0
    one, other = (BinauralRenderer(shipped).process(f) for f in (foa, changed))
    np.testing.assert_allclose(one[:, :1200], other[:, :1200], atol=1e-5)
    assert np.max(np.abs(one[:, 1250:] - other[:, 1250:])) > 0.05


def high_band_db(ears):
    """Power above 6 kHz, where a click of a 400-Hz tone would show and the tone itself does not, in dB, frame-wise."""
    frames = np.lib.stride_tricks.sliding_window_view(ears, 1024, axis=1)[:, ::256] * np.hanning(1024)
    spectrum = np.abs(np.fft.rfft(frames, axis=2)) ** 2
    first = int(6000 / RATE * 1024)
    return 10 * np.log10(spectrum[:, :, first:].sum(axis=2).max() / spectrum.sum(axis=2).max() + 1e-15)


@pytest.mark.slow
def test_dragging_the_view_does_not_click(shipped):
    """A wild drag at 60 events a second against the same tone in a steady view; a hard switch as the control."""
    foa, block = at(40.0, tone(400.0, 2 * RATE)), 512
    rng = np.random.default_rng(0)
    angles = np.cumsum(rng.uniform(-0.4, 0.4, foa.shape[1] // block))

    def play(view_of_block, *, hard=False):
        renderer, ears = BinauralRenderer(shipped), []
        for index, begin in enumerate(range(0, foa.shape[1] - block + 1, block)):
            view = view_of_block(index)
            if hard:
                renderer._rotator.jump_to(view)
            ears.append(renderer.process(foa[:, begin : begin + block], view))
        return np.concatenate(ears, axis=1)[:, 2048:]

    steady = play(lambda index: FRONT)
    dragged = play(lambda index: ViewOrientation(angles[index]))
    switched = play(lambda index: ViewOrientation(angles[index]), hard=True)
    assert high_band_db(steady) < -100.0
    assert high_band_db(dragged) < -80.0  # under the noise of any room
    assert high_band_db(switched) > -60.0
    largest_step = np.max(np.abs(np.diff(steady, axis=1)))
    assert np.max(np.abs(np.diff(dragged, axis=1))) < 1.5 * largest_step
    assert np.max(np.abs(np.diff(switched, axis=1))) > 3.0 * largest_step


def test_swapping_the_head_is_a_smooth_crossfade(shipped):
    other = BinauralFilters(-shipped.taps)  # the worst case: the new head is the opposite of the old one
    foa = at(40.0, tone(400.0, RATE))
    renderer = BinauralRenderer(shipped)
    before = renderer.process(foa[:, :4800])
    renderer.swap_filters(other)
    after = renderer.process(foa[:, 4800:])
    assert renderer.filters is other
    ears = np.concatenate([before, after], axis=1)
    steady = BinauralRenderer(shipped).process(foa)
    assert high_band_db(ears[:, 2048:]) < -75.0
    np.testing.assert_allclose(ears[:, 4800 + SWAP_SAMPLES :], -steady[:, 4800 + SWAP_SAMPLES :], atol=1e-5)


@pytest.mark.slow
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_a_swap_does_not_depend_on_the_cutting(sizes):
    foa = np.stack([noise(sum(sizes), seed) for seed in range(4)])

    def play(pieces):
        renderer = BinauralRenderer(filters_like(100, 1))
        renderer.process(foa)
        renderer.swap_filters(filters_like(300, 2))
        return np.concatenate([renderer.process(piece) for piece in pieces], axis=1)

    np.testing.assert_allclose(play(np.split(foa, np.cumsum(sizes)[:-1], axis=1)), play([foa]), atol=1e-5)


def test_after_a_reset_nothing_rings_on(shipped):
    renderer = BinauralRenderer(shipped)
    renderer.process(at(0.0, noise(1000)))
    renderer.reset()
    np.testing.assert_array_equal(renderer.process(np.zeros((4, 512), np.float32)), 0.0)
