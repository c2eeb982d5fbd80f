"""`python -m engine.evaluation.probes.known_sounds`: is each known sound recognised when the model makes it?

For every class of a data folder, takes of its name, without film and direction. An independent tagger (YAMNet)
hears W at an even level; a take is recognised if one of AudioSet's names for the class (taggers/class_names.py) is
among its five highest mean scores. Real clips of the class are judged in the same way: where few of those are
recognised, the tagger says nothing about the takes. The table goes beside the weights, and the window shows it.
Eight takes are made at once, as lanes of one stream.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS, PATCH_S, SAMPLE_RATE_HZ
from engine.contract.errors import EngineError, InvalidInputError
from engine.contract.generation import LaneRequest, PatchRequest, PatchSource
from engine.evaluation.probes.real_clips import clips_by_class, read_clip, spread_over
from engine.evaluation.taggers.class_names import CLASS_NAMES
from engine.evaluation.taggers.listening import listening_signal
from engine.evaluation.taggers.yamnet import Yamnet
from engine.files.staging import write_texts
from engine.model.weights.known_names import TABLE_NAME, checkpoint_folder, made_by
from engine.scenes.names import SOUND_NAMES
from engine.scenes.tables.rows import sound_rows

TOP: Final = 5
_AT_ONCE: Final = 8
_SEED: Final = 5_000
_CLIPS: Final = 10


def names_by_class(data: Path) -> dict[str, list[str]]:
    """Return the names of each class of a data folder, its own first, as `train vocabulary` stores them."""
    found: dict[str, dict[str, None]] = {}
    for row in sound_rows(data, ("label", "class")):
        names = found.setdefault(row["class"], {row["class"].strip().lower(): None})
        names.setdefault(row["label"].strip().lower())
    for sound_class, spoken in SOUND_NAMES.items():
        if sound_class in found:
            found[sound_class].update(dict.fromkeys(name.lower() for name in spoken))
    return {sound_class: list(names) for sound_class, names in sorted(found.items())}


def takes_at_once(
    source: PatchSource, prompts: Sequence[str], *, seed: int, seconds: float, steps: int
) -> list[NDArray[np.float32]]:
    """Return a take (4, N) of each prompt, made as lanes of one stream; at most as many as a stream has room for."""
    source.reset(seed)
    lanes = tuple(LaneRequest(number, Prompt(text)) for number, text in enumerate(prompts, 1))
    made: list[list[NDArray[np.float32]]] = [[] for _ in prompts]
    for _ in range(max(1, int(np.ceil(seconds / PATCH_S - 1e-9)))):
        result = source.next_patch(PatchRequest(Prompt(), steps=steps, lanes=lanes))
        for index, lane in enumerate(lanes):
            made[index].append(result.lanes[lane.lane_id])
    return [np.concatenate(patches, axis=1) for patches in made]


def is_recognised(tagger: Yamnet, mono: NDArray[np.float64], rate_hz: int, sound_class: str) -> bool:
    """Return whether a tagger's five best names for a sound (N,) include one of a class; silence is nothing."""
    scores = tagger.mean_scores(mono, rate_hz)
    best = np.argsort(-scores, kind="stable")[:TOP]
    return bool(scores.any()) and any(tagger.class_names[index] in CLASS_NAMES[sound_class] for index in best)


def recognised_takes(
    source: PatchSource,
    tagger: Yamnet,
    classes: Sequence[str],
    *,
    takes: int,
    seconds: float,
    steps: int = DEFAULT_FLOW_STEPS,
    progress: Callable[[float], None] = lambda done: None,
) -> dict[str, int]:
    """Return for each class in how many of `takes` takes of its name the tagger hears it."""
    asked = [(sound_class, number) for number in range(takes) for sound_class in classes]
    heard = dict.fromkeys(classes, 0)
    for start in range(0, len(asked), _AT_ONCE):
        group = asked[start : start + _AT_ONCE]
        fields = takes_at_once(source, [name for name, _ in group], seed=_SEED + start, seconds=seconds, steps=steps)
        for (sound_class, _), field in zip(group, fields, strict=True):
            heard[sound_class] += is_recognised(tagger, listening_signal(field), SAMPLE_RATE_HZ, sound_class)
        progress((start + len(group)) / len(asked))
    return heard


def recognised_clips(
    data: Path, tagger: Yamnet, classes: Sequence[str], seconds: float, each: int = _CLIPS
) -> dict[str, tuple[int, int]]:
    """Return for each class how many of its real clips the tagger hears, and of how many."""
    clips = clips_by_class(data, second_pack=True)
    found = {}
    for sound_class in classes:
        chosen = [read_clip(path, seconds) for path in spread_over(clips.get(sound_class, []), each)]
        heard = [
            is_recognised(tagger, listening_signal(mono[None]), rate, sound_class) for mono, rate in chosen if len(mono)
        ]
        found[sound_class] = (sum(heard), len(chosen))
    return found


def table_of(
    names: Mapping[str, list[str]],
    takes: Mapping[str, tuple[int, int]],
    clips: Mapping[str, tuple[int, int]],
    facts: Mapping[str, object],
) -> dict[str, Any]:
    """Return the table as plain values; a class that the tagger cannot name has null."""
    classes = {
        sound_class: {"names": said, "takes": takes.get(sound_class), "clips": clips.get(sound_class)}
        for sound_class, said in names.items()
    }
    return {"known_sounds": 1, **facts, "classes": classes}


def main(argv: list[str]) -> int:
    """Measure, print and write the table; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.probes.known_sounds", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder with the weights (default: the shipped ones)")
    parser.add_argument("--yamnet", type=Path, required=True, help="yamnet.safetensors with its class map beside it")
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv that the model was trained on")
    parser.add_argument("--takes", type=int, default=4, help="takes per class")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, help=f"table to write (default: {TABLE_NAME} beside the weights)")
    arguments = parser.parse_args(argv)
    try:
        if arguments.takes < 1 or not arguments.seconds > 0:
            raise InvalidInputError("Specify at least 1 for --takes, and more than 0 for --seconds.")
        _measure(arguments)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _measure(arguments: argparse.Namespace) -> None:
    from engine.model.streaming.streamer import load_patch_source

    tagger, folder = Yamnet(arguments.yamnet), checkpoint_folder(arguments.checkpoint)
    names = names_by_class(arguments.data)
    judged = [sound_class for sound_class in names if sound_class in CLASS_NAMES]
    source = load_patch_source(arguments.checkpoint, arguments.device)
    heard = recognised_takes(
        source, tagger, judged, takes=arguments.takes, seconds=arguments.seconds, progress=_show_progress
    )
    takes = {sound_class: (count, arguments.takes) for sound_class, count in heard.items()}
    clips = recognised_clips(arguments.data, tagger, judged, arguments.seconds)
    facts = {
        **made_by(folder),
        "tagger": "YAMNet, five best names",
        "seconds": arguments.seconds,
    }
    for sound_class in judged:
        print(f"{sound_class:<28}takes {takes[sound_class][0]}/{arguments.takes}, clips {clips[sound_class]}")
    total, real = sum(heard.values()) / (len(judged) * arguments.takes), [right / n for right, n in clips.values() if n]
    print(f"{total:.0%} of the takes of {len(judged)} classes are recognised, {np.mean(real):.0%} of real clips")
    out = arguments.out or folder / TABLE_NAME
    write_texts({out: json.dumps(table_of(names, takes, clips, facts), indent=1) + "\n"})
    print(out)


def _show_progress(done: float) -> None:
    print(f"\r{done:.0%}", end="\n" if done >= 1.0 else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
