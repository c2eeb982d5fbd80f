"""Stage 0a: the clips themselves as pseudo-FOA scenes (paper, "Training stages", 1), in `RUNS/stage1`.

In composed scenes sounds are in rooms and behind one another; here each is by itself. Short clips are performed as
there, over the quiet of a room. Sides are those of `train compose`: no clip of a held-out recording is in `scenes`.
Clips that a tagger did not recognise are left out. It can be stopped and resumed; whole shards stay.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.corpus.pseudo_foa import pseudo_scene
from engine.corpus.shards import Origin, ShardWriter, imported_before
from engine.corpus.stretches import STRETCH_SAMPLES, starts_s
from engine.scenes.composer import Scene, SceneOptions
from engine.scenes.performing.events import loud_level
from engine.scenes.performing.laying_out import lay_out
from engine.scenes.performing.material import material_of
from engine.scenes.performing.rhythm import single_share
from engine.scenes.performing.room_tone import room_tone, tone_level_db
from engine.scenes.sound_bank import Sound, SoundBank, load_sound_bank
from engine.training.loop.options import StageParser

FOLDER = "stage1"
_DRAWN = 1
"""Keeps what is drawn here apart from the axis that `pseudo_scene` draws from the same clip."""


def main(argv: list[str]) -> None:
    """Run `train pseudo`."""
    parser = StageParser(prog="train pseudo", description=__doc__)
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
            stereo = _stereo(bank.channels(sound))
            digest = hashlib.sha256(stereo.tobytes()).hexdigest()
            is_short = stereo.shape[1] < STRETCH_SAMPLES
            for start in [0.0] if is_short else starts_s(stereo.shape[1] / SAMPLE_RATE_HZ):
                if (digest, start) in done:
                    continue
                first, origin = round(start * SAMPLE_RATE_HZ), Origin(sound.path, digest, start)
                if is_short:
                    scene = _performed(bank, sound, origin)
                else:
                    stretch = stereo[:, first : first + STRETCH_SAMPLES]
                    scene = pseudo_scene(stretch, origin, sound.sound_class, sound.label, sound.label)
                if scene is not None:
                    writer.add(scene, origin)
                    made += 1
    return made


def _performed(bank: SoundBank, sound: Sound, origin: Origin) -> Scene | None:
    """Return the scene of a clip shorter than one: its events at its own level, and the quiet of a room under a point.

    None if it is silent. What is drawn follows from the clip.
    """
    rng = np.random.default_rng([int(origin.digest[:8], 16), _DRAWN])
    material = material_of(bank, sound, STRETCH_SAMPLES, rng, stereo=True)
    is_point = sound.kind == "point"
    once = is_point and bool(rng.random() < SceneOptions.once * single_share(sound.sound_class))
    shown = lay_out(material, STRETCH_SAMPLES, rng, at_once=False, once=once)
    level = loud_level(material.channels[0])
    scene = pseudo_scene(level * _stereo(shown.channels), origin, sound.sound_class, sound.label, sound.label)
    if scene is None:
        return None
    foa = scene.foa
    if is_point:
        quiet_db = tone_level_db(20 * float(np.log10(level)), rng)
        foa = foa + room_tone(STRETCH_SAMPLES, quiet_db, int(rng.integers(2**31)), torch.device("cpu")).numpy()
    onsets_s = tuple(float(at) for at in np.round(shown.onsets / SAMPLE_RATE_HZ, 4))
    return replace(scene, foa=foa, sources=tuple(replace(source, onsets_s=onsets_s) for source in scene.sources))


def _stereo(channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return left and right (2, N) of half the sum and half the difference (C, N); both the same of a mono clip."""
    middle, *sides = channels
    side = sides[0] if sides else np.zeros_like(middle)
    return np.stack([middle + side, middle - side])


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
