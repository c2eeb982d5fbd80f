"""Films and sounds through `export`: one file for a 360 upload, with the pictures where and when they were."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

from tests.field.case import Bench, Case, Look, Wrong, near, sounds_from
from tests.field.films import BEACON, on_time, sees

_STATED = ("sbs_4to1_st3d.mp4", "tb_16to9_st3d.mp4", "vr180_sbs.mp4", "cropped_4to1.mp4", "cubemap_3x2_sv3d.mp4")
_GUESSED = ("base.mp4", "tb_sar.mp4", "rot90.mp4", "rot180.mp4", "hevc10_full.mp4")
_TIMES = ("late_picture.mp4", "negative_dts_b.mp4", "fragmented.mp4", "vfr_slow_start.mkv", "fps_59_94_ts.ts")
_SOUNDS = ("fuma_late_fmt.amb", "data_size_0_unfinished.wav", "sound_in.mov", "split_W.wav", "s16_44k1.wav")


def exported(bench: Bench, film: str, suffix: str) -> Path:
    """Export the recording with the pictures of a film; return the file."""
    out = bench.work / (Path(film).stem + suffix)
    bench.done("export", bench.sounds / "ambix.wav", "--film", bench.films / film, "--out", out)
    return out


def shows_and_sounds(suffix: str, within_deg: float, *names: str, right: tuple[float, float] = BEACON) -> Look:
    """The exported film shows the disk where it was, and its sound comes from where it came."""

    def look(bench: Bench) -> str:
        told = []
        for name in names:
            out = exported(bench, name, suffix)
            seen = sees(out.name, right)(replace(bench, films=bench.work))
            direction, _, _ = bench.annotated(out)
            told.append(f"{seen}, sounds from {near(direction, BEACON, within_deg)}")
        return "; ".join(dict.fromkeys(told))

    return look


def in_time(suffix: str, *names: str) -> Look:
    """Pictures of the exported film come when they came, and its sound begins with the file."""

    def look(bench: Bench) -> str:
        told = []
        for name in names:
            out = exported(bench, name, suffix)
            command = ["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "stream=start_time"]
            listed = subprocess.run([*command, "-of", "json", str(out)], capture_output=True, text=True, check=True)
            starts = [float(stream["start_time"]) for stream in json.loads(listed.stdout)["streams"]]
            if starts != [0.0]:
                raise Wrong(f"the sound of {out.name} begins at {starts}")
            told.append(on_time(out.name)(replace(bench, films=bench.work)))
        return "; ".join(told)

    return look


def any_sound(*names: str) -> Look:
    def look(bench: Bench) -> str:
        told = []
        for name in names:
            out = bench.work / f"{Path(name).stem}.out.wav"
            bench.done("export", bench.sounds / name, "--out", out)
            told.append(sounds_from(out, BEACON, 2.0))
        return ", ".join(dict.fromkeys(told))

    return look


CASES = [
    Case("F93", "one file: (60, 20) seen and heard", shows_and_sounds(".mov", 2.0, *_STATED, *_GUESSED)),
    Case("F93p", "the same with AAC", shows_and_sounds(".mp4", 5.0, *_STATED, *_GUESSED)),
    Case("F93y", "pose yaw 90: seen at azimuth 150", shows_and_sounds(".mov", 2.0, "pose_yaw90.mp4", right=(150, 20))),
    Case("F93s", "(60, 20)", any_sound(*_SOUNDS)),
    Case("S16", "pictures when they were, sound from 0", in_time(".mov", *_TIMES)),
    Case("S16p", "the same in .mp4", in_time(".mp4", *_TIMES)),
]
