"""Real recordings through a codec: conventions are those of the table, and a perfect codec has no error."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from engine.contract.errors import InvalidInputError, MediaError
from engine.training.codec.recordings import read_recordings, recording_figures


class Perfect:
    """Gives back what it gets, one latent later; or louder, and turned to the left by 90 degrees."""

    latent_samples, delay_samples = 1_920, 1_920

    def __init__(self, gain: float = 1.0, turned: bool = False) -> None:
        self.gain, self.turned = gain, turned

    def encode(self, foa: torch.Tensor) -> torch.Tensor:
        return foa

    def decode(self, foa: torch.Tensor) -> torch.Tensor:
        late = torch.nn.functional.pad(foa, (1_920, 0))[..., : foa.shape[-1]] * self.gain
        return late[:, [0, 3, 2, 1]] if self.turned else late


def write(folder: Path) -> None:
    w = np.random.default_rng(0).standard_normal(2 * 44_100) * 0.1
    sf.write(folder / "fuma.wav", np.stack([w / np.sqrt(2), w, 0 * w, 0 * w], 1), 44_100, subtype="FLOAT")
    third = np.stack([w, 0 * w, 0 * w, np.sqrt(3) * w, *[0 * w] * 4], 1)
    sf.write(folder / "third.wav", third, 44_100, subtype="FLOAT")
    lines = (
        "path\tchannel_order\tnormalisation",
        "fuma.wav\tFuMa (W,X,Y,Z)\tFuMa",
        "third.wav\tACN 0-7 of 16\tN3D",
        "rest.wav\tACN 8-15 of 16\tN3D",
    )
    (folder / "foa.tsv").write_text("\n".join(lines) + "\n")


def test_recordings_are_ambix_at_48_khz_and_one_level(tmp_path: Path) -> None:
    write(tmp_path)
    recordings = read_recordings(tmp_path)
    assert [r.shape for r in recordings] == [(4, 96_000)] * 2
    for foa in recordings:
        # From the front, as strong as W.
        assert foa[0].std() == pytest.approx(0.05)
        assert foa[3] == pytest.approx(foa[0], abs=1e-6)
        assert np.abs(foa[1:3]).max() < 1e-6


def test_a_codec_without_error_has_none_and_others_have_theirs(tmp_path: Path) -> None:
    write(tmp_path)
    recordings = read_recordings(tmp_path)
    perfect = recording_figures(Perfect(), recordings)
    assert perfect["doa_shift_deg"] < 0.01
    assert perfect["level_db"] < 1e-3
    assert recording_figures(Perfect(gain=2.0), recordings)["level_db"] == pytest.approx(6.02, abs=0.01)
    assert recording_figures(Perfect(turned=True), recordings)["doa_shift_deg"] == pytest.approx(90.0, abs=0.1)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="missing"):
        read_recordings(tmp_path)
    (tmp_path / "foa.tsv").write_text("path\tchannel_order\tnormalisation\nx.wav\tFuMa\tFuMa\n")
    with pytest.raises(MediaError, match=r"x\.wav"):
        read_recordings(tmp_path)
