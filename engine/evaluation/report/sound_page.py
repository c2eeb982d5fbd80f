"""`python -m engine.evaluation.report.sound_page`: real clips, clips after the codec, and takes, as spectrograms.

One HTML file that loads nothing and runs nothing: for every kind of sound (probes/sound_kinds.py) two real clips, the
same clips after the checkpoint's codec, and two takes with the seeds of `probes.sounds`. All are at one level, so
colours mean the same. The eye finds what figures miss: partials that waver, rhythm, the level between two events.
"""

import argparse
import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import DEFAULT_FLOW_STEPS, SAMPLE_RATE_HZ, AcnChannel
from engine.contract.errors import EngineError, InvalidInputError
from engine.contract.generation import PatchSource
from engine.evaluation.measures.codec_metrics import log_mel_db
from engine.evaluation.measures.levels import at_one_level
from engine.evaluation.probes.real_clips import after_codec, at_project_rate, clips_by_class, read_clip
from engine.evaluation.probes.sound_kinds import KINDS, Kind
from engine.evaluation.probes.takes import generate_take
from engine.evaluation.suite.spectrogram import png_uri, spectrogram
from engine.files.staging import write_texts
from engine.model.codec.foa_vae import AnyFoaVae

ROWS: Final = 2
_LEAST_S: Final = 1.0


@dataclass(frozen=True)
class Shown:
    """One spectrogram: what it is of, and the wave (N,) at 48 kHz."""

    caption: str
    wave: NDArray[np.float64]


def main(argv: Sequence[str]) -> int:
    """Write the page; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.report.sound_page", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="folder with the weights (default: the shipped ones)")
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv: the real clips")
    parser.add_argument("--out", type=Path, required=True, help="the HTML file")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--steps", type=int, default=DEFAULT_FLOW_STEPS, help="flow steps per patch")
    arguments = parser.parse_args(argv)
    try:
        if not arguments.seconds >= _LEAST_S or arguments.steps < 1:
            raise InvalidInputError("Specify at least 1 for --seconds and --steps.")
        _write(arguments)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _write(arguments: argparse.Namespace) -> None:
    from engine.model.streaming.streamer import load_patch_source
    from engine.model.weights.checkpoint import load_folder_codec

    torch.set_num_threads(1)
    clips = clips_by_class(arguments.data)
    source = load_patch_source(arguments.checkpoint)
    codec = load_folder_codec(arguments.checkpoint)
    sections = []
    for kind in KINDS:
        paths = clips.get(kind.sound_class, [])
        real = real_clips(paths, codec, arguments.seconds)
        takes = takes_of(source, kind, arguments.seconds, arguments.steps)
        sections.append(section(kind.name, [*real, *takes]))
        print(kind.name, flush=True)
    heading = f"Real clips, codec and takes: checkpoint {source.checkpoint_sha256[:12]}, {arguments.steps} flow steps"
    write_texts({arguments.out: page(heading, sections)})


def real_clips(paths: Sequence[Path], codec: AnyFoaVae, seconds: float) -> list[Shown]:
    """Return the first clips that last a second or longer, each as it is recorded and after the codec.

    Raises MediaError for a clip that cannot be read.
    """
    shown: list[Shown] = []
    for path in paths:
        wave = at_project_rate(*read_clip(path, seconds))
        if wave.size < _LEAST_S * SAMPLE_RATE_HZ or not np.any(wave):
            continue
        shown += [Shown(f"recorded: {path.name}", wave), Shown("after the codec", after_codec(codec, wave))]
        if len(shown) == 2 * ROWS:
            break
    return shown


def takes_of(source: PatchSource, kind: Kind, seconds: float, steps: int) -> list[Shown]:
    """Return the first takes of a kind: W of what is made for its prompts, without film and direction."""
    shown = []
    for index in range(ROWS):
        prompt = kind.prompts[index % len(kind.prompts)]
        foa = generate_take(source, prompt, direction=None, seed=kind.seed + index, seconds=seconds, steps=steps)
        shown.append(Shown(f"generated: “{prompt}”", np.asarray(foa[AcnChannel.W], np.float64)))
    return shown


def section(name: str, shown: Sequence[Shown]) -> str:
    """Return the part of the page about one kind of sound."""
    return f"<section><h2>{html.escape(name)}</h2>" + "".join(map(_figure, shown)) + "</section>"


def page(heading: str, sections: Sequence[str]) -> str:
    """Return the page."""
    style = resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{html.escape(heading)}</title><style>{style}</style></head>\n"
        f"<body><main><h1>{html.escape(heading)}</h1>"
        "<p>Levels of 40 Hz to 20 kHz (mel), -80 to -10 dB, each sound at -20 dBFS. "
        "The line below each picture names its source: recorded, after the codec, or generated.</p>"
        + "\n".join(sections)
        + "</main></body></html>\n"
    )


def _figure(shown: Shown) -> str:
    levels = log_mel_db(torch.from_numpy(at_one_level(shown.wave)).float()).numpy()
    caption = html.escape(shown.caption)
    alt = f"{caption}, spectrogram"
    return f"<figure><img alt='{alt}' src='{png_uri(spectrogram(levels))}'><figcaption>{caption}</figcaption></figure>"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
