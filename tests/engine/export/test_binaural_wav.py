import numpy as np
import pytest
import soundfile

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.encoding import encode_point
from engine.contract.directions import unit_vectors
from engine.contract.view import ViewOrientation
from engine.export.binaural import BinauralWriter


@pytest.fixture
def foa():
    mono = 0.1 * np.random.default_rng(0).standard_normal(40_000)
    return encode_point(mono, unit_vectors(np.pi / 2, 0.0))


def rms(path):
    ears, rate_hz = soundfile.read(path)
    assert rate_hz == 48_000
    assert ears.shape[1] == 2
    return np.sqrt(np.mean(ears**2, axis=0)), len(ears)


def test_a_source_at_the_left_is_louder_left_and_the_length_is_kept(tmp_path, foa):
    with BinauralWriter(tmp_path / "b.wav", "pcm24") as writer:
        for piece in np.array_split(foa, 7, axis=1):
            writer.write(piece)
    (left, right), frames = rms(tmp_path / "b.wav")
    assert left > 1.8 * right
    assert frames == foa.shape[1]
    info = soundfile.info(tmp_path / "b.wav")
    assert (info.format, info.subtype) == ("WAVEX", "PCM_24")


def test_a_view_turned_by_half_swaps_it(tmp_path, foa):
    with BinauralWriter(tmp_path / "b.wav", view=ViewOrientation(np.pi)) as writer:
        writer.write(foa)
    (left, right), _ = rms(tmp_path / "b.wav")
    assert right > 1.8 * left


def test_a_view_that_changes_on_the_way_holds_from_there(tmp_path, foa):
    with BinauralWriter(tmp_path / "b.wav") as writer:
        writer.write(foa[:, :20_000])
        writer.write(foa[:, 20_000:30_000], ViewOrientation(np.pi))
        writer.write(foa[:, 30_000:])
    ears, _ = soundfile.read(tmp_path / "b.wav")
    level = [np.sqrt(np.mean(part**2, axis=0)) for part in (ears[:20_000], ears[22_000:30_000], ears[32_000:])]
    assert level[0][0] > 1.8 * level[0][1]
    assert level[1][1] > 1.8 * level[1][0]
    assert level[2][1] > 1.8 * level[2][0]


def test_a_file_is_rendered_as_the_renderer_does(tmp_path, foa):
    with BinauralWriter(tmp_path / "b.wav") as writer:
        for piece in np.array_split(foa, 5, axis=1):
            writer.write(piece)
    ears, _ = soundfile.read(tmp_path / "b.wav", dtype="float32")
    np.testing.assert_allclose(ears.T, BinauralRenderer(load_filters()).process(foa), atol=1e-5)
