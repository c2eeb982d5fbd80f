"""`train vocabulary`: store the names of the sounds a generator was trained on, so that synonyms map to them.

The names are the labels and classes of the training side of a data folder and what captions call them
(engine/scenes/names.py). A name counts by the square root of how many clips its class has.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from engine.contract.errors import InvalidInputError
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.weights.checkpoint import save_sound_vocabulary
from engine.scenes.names import SOUND_NAMES
from engine.scenes.performing.rhythm import STEADY
from engine.scenes.sound_bank import is_held_out, recording_group
from engine.scenes.tables.rows import sound_rows
from engine.training.loop.options import StageParser

_AT_ONCE = 64


def main(argv: list[str]) -> None:
    """Run `train vocabulary`."""
    parser = StageParser(prog="train vocabulary", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint folder; gets sounds.safetensors")
    args = parser.parse_args(argv)
    from engine.model.conditioning.text import TextEncoder

    sounds = sound_vocabulary(training_rows(args.data), TextEncoder().encode)
    save_sound_vocabulary(args.out, sounds)
    print(f"{args.out / 'sounds.safetensors'}: {len(sounds.names)} names")


def training_rows(data: Path) -> list[dict[str, str]]:
    """Return the sounds of a data folder that training may know. Raises InvalidInputError if there are none."""
    rows = [row for row in sound_rows(data, ("label", "class", "source")) if not is_held_out(recording_group(row))]
    if not rows or not all(row.get("label") and row.get("class") for row in rows):
        raise InvalidInputError(f"{data / 'sounds.tsv'} has no labels and classes: use a data folder.")
    return rows


def sound_vocabulary(rows: Sequence[Mapping[str, str]], encode: Callable[[list[str]], Tensor]) -> SoundVocabulary:
    """Return the names of rows with `label` and `class`; `encode` as the text encoder's."""
    clips = Counter(row["class"] for row in rows)
    class_of: dict[str, str] = {}
    for row in rows:
        for name in (row["label"], row["class"]):
            class_of.setdefault(name.strip().lower(), row["class"])
    for sound_class, spoken in SOUND_NAMES.items():
        if sound_class in clips:
            class_of.update((name.lower(), sound_class) for name in spoken)
    names = sorted(class_of)
    embeddings = torch.cat([encode(names[i : i + _AT_ONCE]) for i in range(0, len(names), _AT_ONCE)])
    prior = 0.5 * torch.tensor([float(clips[class_of[name]]) for name in names]).log()
    steady = torch.tensor([float(class_of[name] in STEADY) for name in names])
    return SoundVocabulary(tuple(names), embeddings, prior, steady)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
