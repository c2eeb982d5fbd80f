"""A data folder made small enough to carry."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from PIL import Image

from engine.contract.errors import InvalidInputError, MediaError
from engine.scenes.pictures import load_picture_bank
from engine.scenes.sound_bank import load_sound_bank
from engine.training.pool.pack import fitting_rate, main

_HEADER = "path\tlabel\tclass\tkind\tseconds\tsource\tsource_id\tyamnet_flag\n"


def make_data(folder: Path, rate: int = 48_000) -> Path:
    folder.mkdir()
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    sf.write(folder / "a.wav", tone, rate)
    (folder / "sounds.tsv").write_text(_HEADER + "a.wav\ta tone\ttone\tpoint\t2.0\tmine\t1\t\n")
    Image.new("RGB", (1024, 512), (10, 200, 30)).save(folder / "p.jpg")
    (folder / "panoramas.tsv").write_text("path\np.jpg\n")
    Image.new("RGBA", (300, 200), (255, 0, 0, 128)).save(folder / "c.webp")
    (folder / "cutouts.tsv").write_text("path\tclass\nc.webp\ttone\n")
    return folder


def test_a_pack_is_smaller_and_is_read_like_the_folder_it_was_made_of(tmp_path: Path) -> None:
    data, out = make_data(tmp_path / "data"), tmp_path / "small"
    main(["--data", str(data), "--out", str(out), "--mib", "1"])
    assert sum(p.stat().st_size for p in out.rglob("*")) < sum(p.stat().st_size for p in data.rglob("*")) / 3
    before = load_sound_bank(data, tmp_path / "cache-a")
    after = load_sound_bank(out, tmp_path / "cache-b")
    there, here = before.wave(before.sounds[0]), after.wave(after.sounds[0])
    middle = slice(24_000, 72_000)
    assert np.corrcoef(there[middle], here[middle])[0, 1] > 0.99
    pictures = [load_picture_bank(out, held_out=side) for side in (True, False)]
    panorama = next(p for bank in pictures for p in bank.panoramas)
    assert panorama.shape == (128, 256, 3)
    assert np.abs(panorama[64, 128].astype(int) - (10, 200, 30)).max() < 8
    shape = next(s for bank in pictures for s in bank.cutouts.get("tone", ()))
    assert shape.shape[2] == 4
    assert max(shape.shape) <= 64
    assert abs(int(shape[20, 20, 3]) - 128) < 8


def test_what_is_there_is_kept_and_what_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    data, out = make_data(tmp_path / "data"), tmp_path / "small"
    main(["--data", str(data), "--out", str(out), "--mib", "1"])
    stamp = (out / "a.wav").stat().st_mtime_ns
    (data / "a.wav").write_bytes(b"no sound")
    main(["--data", str(data), "--out", str(out), "--mib", "1"])
    assert (out / "a.wav").stat().st_mtime_ns == stamp
    with pytest.raises(MediaError, match=r"a\.wav cannot be read"):
        main(["--data", str(data), "--out", str(tmp_path / "other"), "--mib", "1"])
    assert not list((tmp_path / "other").rglob("a.wav*"))


def test_the_rate_fits_the_size_and_too_much_sound_is_refused() -> None:
    assert fitting_rate(7_000, 36.0) == pytest.approx(36.6e3, rel=0.05)
    assert fitting_rate(10.0, 36.0) == 96_000
    with pytest.raises(InvalidInputError, match="do not fit"):
        fitting_rate(100_000, 36.0)


def test_a_missing_table_and_a_wrong_rate_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"sounds\.tsv is missing"):
        main(["--data", str(tmp_path), "--out", str(tmp_path / "x")])
    data = make_data(tmp_path / "slow", rate=22_050)
    with pytest.raises(MediaError, match="22050 Hz"):
        main(["--data", str(data), "--out", str(tmp_path / "y"), "--mib", "1"])
