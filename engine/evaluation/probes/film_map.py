"""Draw where the picture alone places a film's sound, as a sheet: `python -m engine.evaluation.probes.film_map`.

Every second of the film is one frame: yellow is where the film's encoder (SVAC) expects the sound, the red ring is
the direction of the generated field. Takes are made without words and without a direction.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_S, PATCH_SAMPLES
from engine.contract.directions import azimuth_elevation, direction_to_equirectangular
from engine.contract.errors import CheckpointError, EngineError, InvalidInputError
from engine.evaluation.measures.direction import clip_direction
from engine.evaluation.probes.takes import generate_film_take
from engine.files.staging import make_folder, whole_file
from engine.model.conditioning.encoders import load_encoders
from engine.model.conditioning.svac import SvacVideoEncoder, direction_of
from engine.model.conditioning.video import VideoFeatures
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model
from engine.model.weights.precision import quicken
from engine.video.conditioning import ConditioningReader
from engine.video.opencv import cv2
from engine.video.probe import probe

_WIDTH, _HEIGHT = 512, 256
_COLUMNS = 2
_YELLOW, _RED = (255, 210, 0), (255, 40, 40)


@dataclass(frozen=True)
class SecondOfFilm:
    """Directions in degrees during one second.

    They are the expectation of the film's encoder with its certainty (0 to 1), and that of the generated field, None if
    the take is silent.
    """

    t_s: float
    expected_azimuth_deg: float
    expected_elevation_deg: float
    sureness: float
    azimuth_deg: float | None
    elevation_deg: float | None


@dataclass(frozen=True, kw_only=True)
class MapOptions:
    """Which film is mapped, up to how many seconds of it, and where the PNG goes."""

    film: Path
    out: Path
    checkpoint: Path | None
    seconds: float
    seed: int

    def __post_init__(self) -> None:
        """Raise InvalidInputError for a length that no film has."""
        if not self.seconds > 0:
            raise InvalidInputError(f"--seconds {self.seconds} is too small: specify more than 0.")


def main(argv: list[str]) -> int:
    """Generate, write the sheet and print the figures as JSON; returns 2 for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.probes.film_map", description=__doc__)
    parser.add_argument("--film", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="a PNG file")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: the shipped one)")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    try:
        seconds = _mapped(MapOptions(**vars(arguments)))
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps([asdict(s) for s in seconds]))
    return 0


def _mapped(arguments: MapOptions) -> list[SecondOfFilm]:
    model = load_model(arguments.checkpoint)
    encoder = model.generator.conditions.svac
    if encoder is None:
        raise CheckpointError("These weights have no film encoder (SVAC): there is nothing to map.")
    quicken(model)
    encoders = load_encoders()
    frames = frames_of(arguments.film, arguments.seconds)
    foa = generate_film_take(PatchStreamer(model, encoders), frames, arguments.seed)
    per_second = round(1 / PATCH_S)
    seconds, pictures = [], []
    for first in range(0, len(frames) - per_second + 1, per_second):
        logits = expected(encoder, encoders.video, [frame for _, frame in frames[first : first + per_second]])
        sound = foa[:, first * PATCH_SAMPLES : (first + per_second) * PATCH_SAMPLES]
        second = compared(first * PATCH_S, logits, sound)
        seconds.append(second)
        pictures.append(drawn(frames[first][1], logits, second))
    if not pictures:
        raise InvalidInputError(f"{arguments.film} is shorter than a second, or --seconds is: there is nothing to map.")
    write_sheet(arguments.out, pictures)
    return seconds


def frames_of(film: Path, seconds: float) -> list[tuple[int, NDArray[np.uint8]]]:
    """Return the conditioning frame of every patch. Raises MediaError if the film cannot be read."""
    info = probe(film)
    count = int(min(seconds, info.duration_s) / PATCH_S)
    reader = ConditioningReader(info)
    try:
        return [reader.frame_at(patch * PATCH_S) for patch in range(count)]
    finally:
        reader.close()


@torch.inference_mode()
def expected(encoder: SvacVideoEncoder, features: VideoFeatures, frames: list[NDArray[np.uint8]]) -> torch.Tensor:
    """Return the mean logits (1, 8, 16) of the sound's position over consecutive frames."""
    logits: torch.Tensor = encoder(features.sequence(torch.from_numpy(np.stack(frames))))[1]
    return logits.mean(0, keepdim=True)


def compared(t_s: float, logits: torch.Tensor, foa: NDArray[np.float32]) -> SecondOfFilm:
    """Return the expected and the generated direction in a second."""
    mean = direction_of(logits)[0].numpy().astype(float)
    azimuth, elevation = np.rad2deg(azimuth_elevation(mean / max(float(np.linalg.norm(mean)), 1e-9)))
    heard = clip_direction(foa)
    found = tuple(float(v) for v in np.rad2deg(azimuth_elevation(heard))) if heard.any() else (None, None)
    return SecondOfFilm(t_s, float(azimuth), float(elevation), float(np.linalg.norm(mean)), *found)


def drawn(frame: NDArray[np.uint8], logits: torch.Tensor, second: SecondOfFilm) -> NDArray[np.uint8]:
    """Return a frame (256, 512, 3) overlaid with the expectation and with the generated direction ringed."""
    picture = cv2.resize(frame, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    share = logits[0].flatten().softmax(0).reshape(logits.shape[1:]).numpy()
    heat = cv2.resize(share / share.max(), (_WIDTH, _HEIGHT), interpolation=cv2.INTER_LINEAR)[..., None]
    laid = (1 - 0.6 * heat) * picture + 0.6 * heat * np.array(_YELLOW)
    picture = np.ascontiguousarray(laid.astype(np.uint8))
    if second.azimuth_deg is not None and second.elevation_deg is not None:
        azimuth, elevation = np.deg2rad([second.azimuth_deg, second.elevation_deg])
        x, y = direction_to_equirectangular(azimuth, elevation, _WIDTH, _HEIGHT)
        cv2.circle(picture, (round(float(x)), round(float(y))), 14, _RED, 2, cv2.LINE_AA)
    label = f"{second.t_s:.1f} s" + (" silent" if second.azimuth_deg is None else "")
    for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):  # legible on a white sky
        cv2.putText(picture, label, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, width, cv2.LINE_AA)
    return picture


def write_sheet(path: Path, pictures: list[NDArray[np.uint8]]) -> None:
    """Write pictures side by side. Raises ExportError if the file cannot be written."""
    rows = []
    for first in range(0, len(pictures), _COLUMNS):
        row = pictures[first : first + _COLUMNS]
        row += [np.zeros_like(pictures[0])] * (_COLUMNS - len(row))
        rows.append(np.concatenate(row, axis=1))
    _, encoded = cv2.imencode(".png", cv2.cvtColor(np.concatenate(rows), cv2.COLOR_RGB2BGR))
    make_folder(path.parent)
    with whole_file(path) as staged:
        staged.write_bytes(encoded.tobytes())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
