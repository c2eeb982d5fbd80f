"""Stage 0a: the clips themselves as pseudo-FOA scenes (paper, "Training stages", 1), in `RUNS/stage1`.

In composed scenes sounds are in rooms and behind one another; here each is by itself. Sides are those of
`train compose`: no clip of a held-out recording is in `scenes`. Clips that a tagger did not recognise are left out. It
can be stopped and resumed; whole shards stay.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.corpus.pseudo_foa import pseudo_scene
from engine.corpus.shards import Origin, ShardWriter, imported_before
from engine.corpus.stretches import STRETCH_SAMPLES, repeated, starts_s
from engine.scenes.sound_bank import Sound, SoundBank, load_sound_bank

FOLDER = "stage1"


def main(argv: list[str]) -> None:
    """Run `train pseudo`."""
    parser = argparse.ArgumentParser(prog="train pseudo", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    args = parser.parse_args(argv)
    bank = load_sound_bank(args.data, args.runs / "cache")
    for held_out, name in ((False, "scenes"), (True, "scenes-held-out")):
        folder = args.runs / FOLDER / name
        print(f"{folder}: {write_scenes(bank, folder, held_out=held_out)} new scenes")


def write_scenes(bank: SoundBank, folder: Path, *, held_out: bool) -> int:
    """Append the missing scenes of one side to a folder of shards; returns how many.

    Raises ExportError if the folder is damaged or cannot be written.
    """
    done, made = imported_before(folder), 0
    with ShardWriter(folder) as writer:
        for sound in bank.split(held_out=held_out):
            if not sound.trusted:
                continue
            stereo = _stereo(bank, sound)
            digest = hashlib.sha256(stereo.tobytes()).hexdigest()
            if stereo.shape[1] < STRETCH_SAMPLES:
                stereo = repeated(stereo)
            for start in starts_s(stereo.shape[1] / SAMPLE_RATE_HZ):
                if (digest, start) in done:
                    continue
                first, origin = round(start * SAMPLE_RATE_HZ), Origin(sound.path, digest, start)
                stretch = stereo[:, first : first + STRETCH_SAMPLES]
                scene = pseudo_scene(stretch, origin, sound.sound_class, sound.label, sound.label)
                if scene is not None:
                    writer.add(scene, origin)
                    made += 1
    return made


def _stereo(bank: SoundBank, sound: Sound) -> NDArray[np.float32]:
    """Return left and right (2, N) of a clip; both the same of a mono one."""
    middle, *sides = bank.channels(sound)
    side = sides[0] if sides else np.zeros_like(middle)
    return np.stack([middle + side, middle - side])


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
