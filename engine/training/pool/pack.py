"""Make a data folder small enough to carry to a borrowed GPU: the same tables and layout, smaller files.

Sounds are re-coded as Opus at the bit rate that fits, panoramas and cut-outs reduced to the size in composed films.
Existing files are kept, so an interrupted pack can be continued.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

from engine.contract.conventions import CONDITIONING_FRAME_SIZE, SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.files.apart import keep_apart
from engine.files.staging import whole_file
from engine.scenes.tables.clips import read_clip
from engine.scenes.tables.rows import FIRST, SECOND, sound_rows, table_rows
from engine.training.loop.options import StageParser

_MIB = 1 << 20
_RATES_BPS = (24_000, 96_000)
_PICTURE_SHARE = 0.1
_OVERHEAD = 1.06
"""Ogg pages and packets of very short clips, against the nominal bit rate; measured on 1,700 clips."""
_CUTOUT_PIXELS = 64


def main(argv: list[str]) -> None:
    """Run `train pack`."""
    parser = StageParser(prog="train pack", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv")
    parser.add_argument("--out", type=Path, required=True, help="the small data folder to make")
    parser.add_argument("--mib", type=float, default=36.0, help="largest size in MiB")
    args = parser.parse_args(argv)
    keep_apart([args.out], {"data folder": args.data})
    rows = sound_rows(args.data)
    sounds = [args.data / row["path"] for row in rows]
    keep_apart([args.out, *(args.out / row["path"] for row in rows)], {"data folder": args.data, "sound": sounds})
    rate_bps = fitting_rate(sum(float(row["seconds"]) for row in rows), args.mib)
    for index, row in enumerate(rows):
        write_once(args.data / row["path"], args.out / row["path"], lambda a, b: recode(a, b, rate_bps))
        if index % 200 == 0:
            print(f"sound {index}/{len(rows)} at {rate_bps / 1000:.0f} kb/s", flush=True)
    for name, shrink in (("panoramas.tsv", shrink_panorama), ("cutouts.tsv", shrink_cutout)):
        if (args.data / name).is_file():
            for row in table_rows(args.data / name):
                write_once(args.data / row["path"], args.out / row["path"], shrink)
            replace_by_copy(args.data / name, args.out / name)
    for name in (FIRST, SECOND):
        if (args.data / name).is_file():
            replace_by_copy(args.data / name, args.out / name)
    size = sum(p.stat().st_size for p in args.out.rglob("*") if p.is_file())
    print(f"{args.out}: {size / _MIB:.1f} MiB of {args.mib:.0f}", flush=True)
    if size > args.mib * _MIB:
        raise InvalidInputError(f"{args.out} is {size / _MIB:.1f} MiB: leave out rows of sounds.tsv or raise --mib.")


def fitting_rate(seconds: float, mib: float) -> int:
    """Return the bit rate in bits per second at which this many seconds of sound fit. Raises InvalidInputError."""
    rate = mib * _MIB * 8 * (1 - _PICTURE_SHARE) / max(seconds, 1.0) / _OVERHEAD
    if rate < _RATES_BPS[0]:
        raise InvalidInputError(f"{seconds / 60:.0f} minutes do not fit into {mib:.0f} MiB: raise --mib.")
    return int(min(rate, _RATES_BPS[1]))


def write_once(source: Path, target: Path, make: Callable[[Path, Path], None]) -> None:
    """Make `target` from `source` unless it exists; it appears whole or not at all."""
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as staged:
        make(source, staged)


def replace_by_copy(source: Path, target: Path) -> None:
    """Copy a file; the copy appears whole or not at all."""
    with whole_file(target) as staged:
        shutil.copyfile(source, staged)


def recode(source: Path, target: Path, rate_bps: int) -> None:
    """Write a clip as mono Opus of 48 kHz. Raises MediaError if it cannot be read."""
    wave = read_clip(source)
    with av.open(str(target), "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout="mono")
        stream.bit_rate = rate_bps
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave.mean(axis=1)[None]), "flt", "mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def shrink_panorama(source: Path, target: Path) -> None:
    """Write a panorama at the size of a conditioning frame."""
    picture = Image.open(source).convert("RGB").resize(CONDITIONING_FRAME_SIZE, Image.Resampling.BOX)
    picture.save(target, format="JPEG", quality=92)


def shrink_cutout(source: Path, target: Path) -> None:
    """Write a cut-out no larger than it is drawn, with its alpha."""
    picture = Image.open(source).convert("RGBA")
    picture.thumbnail((_CUTOUT_PIXELS, _CUTOUT_PIXELS))
    picture.save(target, format="WEBP", quality=90)
