"""A tiny data folder with sounds and pictures on both sides of the split."""

import itertools
import string
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from engine.scenes.sound_bank import is_held_out

RATE_HZ = 48_000
HELD_OUT_LABEL, TRAINING_LABEL = "hound in a yard", "poodle in a kennel"


def names(count: int, held_out: bool, split: Callable[[str], bool]) -> list[str]:
    """Return names without numbers that fall on one side."""
    words = ("".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=3))
    return list(itertools.islice((word for word in words if split(word) == held_out), count))


def make_data(folder: Path, *, pictures: bool = True) -> Path:
    """Make two sounds, a panorama and a cut-out on either side; the sounds bark three times a second."""
    (folder / "sounds").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = ["path\tlabel\tclass\tkind\tsource\tsource_id\tyamnet_flag"]
    for held_out, label in ((True, HELD_OUT_LABEL), (False, TRAINING_LABEL)):
        for name in names(2, held_out, lambda word: is_held_out(f"test:{word}")):
            bark = np.exp(-(np.arange(RATE_HZ) % (RATE_HZ // 3)) / 2_000.0)
            soundfile.write(folder / "sounds" / f"{name}.wav", 0.3 * bark * rng.standard_normal(RATE_HZ), RATE_HZ)
            rows.append(f"sounds/{name}.wav\t{label}\tdog\tpoint\ttest\t\t")
    (folder / "sounds.tsv").write_text("\n".join(rows) + "\n")
    if pictures:
        _make_pictures(folder)
    return folder


def _make_pictures(folder: Path) -> None:
    tables = {"panoramas": ["path"], "cutouts": ["path\tclass"]}
    for held_out, grey in ((True, 120), (False, 20)):
        for table, rows in tables.items():
            (folder / table).mkdir(exist_ok=True)
            name = names(1, held_out, lambda word, table=table: is_held_out(f"{table}/{word}.png", 0.15))[0]
            path = f"{table}/{name}.png"
            size, colour = (
                ((256, 128), (grey, grey, grey)) if table == "panoramas" else ((40, 40), (255, 255, 255, 255))
            )
            Image.new("RGB" if len(colour) == 3 else "RGBA", size, colour).save(folder / path)
            rows.append(path if table == "panoramas" else f"{path}\t")
    for table, rows in tables.items():
        (folder / f"{table}.tsv").write_text("\n".join(rows) + "\n")
