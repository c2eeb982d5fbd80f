"""A data folder of small sounds, drawn from a seed."""

from pathlib import Path

import numpy as np
import soundfile

from engine.contract.conventions import SAMPLE_RATE_HZ


def write_sounds(folder: Path) -> Path:
    """Write 24 clips of noise with their table, every fourth of them an ambience; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    rows = ["path\tlabel\tclass\tkind\tseconds\tsource\tsource_id\tyamnet_flag"]
    for n in range(24):
        kind = "ambience" if n % 4 == 3 else "point"
        soundfile.write(folder / f"s{n}.wav", 0.1 * rng.normal(size=96_000 if n % 2 else 20_000), SAMPLE_RATE_HZ)
        rows.append(f"s{n}.wav\tthing {n}\t{'rain' if kind == 'ambience' else 'dog'}\t{kind}\t1\tTest\t{n}\t")
    (folder / "sounds.tsv").write_text("\n".join(rows) + "\n")
    return folder
