"""Real clips are judged as takes are: what the tagger names counts, each sound for itself."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.probes.real_clips import read_clip
from engine.evaluation.probes.text import expected
from engine.evaluation.probes.text_ceiling import CLASS_OF_SOUND, real_clip_agreement
from engine.evaluation.probes.text_prompts import ACCEPTED, TextPrompt


class PitchTagger:
    """High is Dog, low is Rain; silence has no name."""

    class_names = ("Rain", "Dog", "Speech", "Music", "Car", "Cat", "Hum")

    def mean_scores(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        scores = np.zeros(7)
        if mono.any():
            high = np.argmax(np.abs(np.fft.rfft(mono))) * rate_hz / mono.size > 1_000
            scores[2:] = 0.5
            scores[int(high)] = 0.9
        return scores


def write(folder: Path, rows: list[tuple[str, str, float]]) -> None:
    lines = ["path\tlabel\tclass"]
    for name, sound_class, hz in rows:
        wave = 0.1 * np.sin(2 * np.pi * hz * np.arange(24_000) / 24_000)
        sf.write(folder / name, wave, 24_000)
        lines.append(f"{name}\tany\t{sound_class}")
    (folder / "sounds.tsv").write_text("\n".join(lines) + "\n")


def test_every_sound_has_a_class_of_the_data() -> None:
    assert set(CLASS_OF_SOUND) == set(ACCEPTED)


def test_agreement_of_real_clips(tmp_path: Path) -> None:
    rows = [("a.wav", "dog", 2_000.0), ("b.wav", "dog", 300.0), ("c.wav", "rain", 300.0), ("d.wav", "dog", 0.0)]
    write(tmp_path, rows)
    agreed = real_clip_agreement(tmp_path, PitchTagger(), seconds=0.5)
    assert agreed["dog"] == (1, 3)
    assert agreed["rain"] == (1, 1)
    assert agreed["bell"] == (0, 0)
    assert real_clip_agreement(tmp_path, PitchTagger(), seconds=0.5, each=1)["dog"] == (1, 1)


def test_after_a_codec_it_is_what_the_codec_leaves(tmp_path: Path) -> None:
    write(tmp_path, [("a.wav", "dog", 2_000.0), ("b.wav", "rain", 300.0)])
    heard = []

    class Deaf:
        """Takes all away but the hum; a delay and blocks as a codec has them."""

        latent_samples, delay_samples = 1_920, 960

        def encode(self, foa: torch.Tensor) -> torch.Tensor:
            assert foa.shape[-1] % self.latent_samples == 0
            heard.append(foa)
            return foa

        def decode(self, foa: torch.Tensor) -> torch.Tensor:
            t = torch.arange(foa.shape[-1]) / 48_000
            return 0 * foa + torch.sin(2 * torch.pi * 300.0 * t).float()

    agreed = real_clip_agreement(tmp_path, PitchTagger(), seconds=0.5, codec=Deaf())
    assert agreed["dog"] == (0, 1)
    assert agreed["rain"] == (1, 1)
    assert torch.equal(heard[0][:, 3], heard[0][:, 0])
    assert heard[0][:, 1:3].abs().max() == 0
    assert heard[0][0, 0, :24_000].std() == pytest.approx(0.05, rel=0.02)
    assert expected(agreed, [TextPrompt("x", "dog"), TextPrompt("y", "rain"), TextPrompt("z", "bell")]) == 0.5


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="missing"):
        real_clip_agreement(tmp_path, PitchTagger(), seconds=1.0)
    (tmp_path / "sounds.tsv").write_text("path\tclass\nnone.wav\tdog\n")
    with pytest.raises(MediaError, match="cannot be read"):
        real_clip_agreement(tmp_path, PitchTagger(), seconds=1.0)


def test_a_clip_that_libsndfile_refuses_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = 0.1 * np.sin(np.arange(48_000))
    sf.write(tmp_path / "a.flac", wave, 48_000)
    expected_mono, rate = read_clip(tmp_path / "a.flac", 0.5)

    def refuse(*_: object, **__: object) -> None:
        raise sf.LibsndfileError(3)

    monkeypatch.setattr(sf, "info", refuse)
    monkeypatch.setattr(sf, "SoundFile", refuse)
    again, again_rate = read_clip(tmp_path / "a.flac", 0.5)
    assert (rate, again_rate) == (48_000, 48_000)
    assert again == pytest.approx(expected_mono, abs=1e-4)
