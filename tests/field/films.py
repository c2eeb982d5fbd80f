"""Films: which part of the sphere is where in the picture, and when."""

from pathlib import Path

import numpy as np

from engine.contract.errors import EngineError
from engine.contract.video import Projection
from tests.field.case import Bench, Case, Look, Wrong, is_long, near, says, sounds_from
from tests.field.judge import bar_code, presentation_times_s, red_disks

BEACON = (60.0, 20.0)
_RATE_HZ = 48_000


def picture_at(film: Path, projection: Projection | None = None) -> np.ndarray:
    """Return the picture (H, W, 3) half a second in, or in the middle of a shorter film."""
    from engine.video.conditioning import ConditioningReader
    from engine.video.probe import probe

    info = probe(film, projection=projection)
    reader = ConditioningReader(info)
    try:
        return reader.frame_at(min(0.5, info.duration_s / 2))[1]
    finally:
        reader.close()


def sees(
    name: str, right: tuple[float, float] = BEACON, within_deg: float = 3.0, projection: Projection | None = None
) -> Look:
    def look(bench: Bench) -> str:
        disks = red_disks(picture_at(bench.films / name, projection))
        if len(disks) != 1:
            raise Wrong(f"sees {disks}")
        return "sees " + near(disks[0], right, within_deg)

    return look


def vr180(bench: Bench) -> str:
    seen = sees("vr180_sbs.mp4")(bench)
    picture = picture_at(bench.films / "vr180_sbs.mp4")
    width = picture.shape[1]
    behind = np.concatenate([picture[:, : width // 4 - 3], picture[:, 3 * width // 4 + 3 :]], axis=1)
    if behind.max() > 16:
        raise Wrong(f"{seen}, behind it is as bright as {behind.max()}")
    return f"{seen}, nothing behind"


def two_streams(bench: Bench) -> str:
    try:
        return sees("gopro_360_two_streams.mp4")(bench)
    except EngineError:
        return bench.refused(
            "generate", "--film", bench.films / "gopro_360_two_streams.mp4", "--out", bench.work / "x.wav"
        )


def fisheye(bench: Bench) -> str:
    return sees("dual_fisheye.mp4", within_deg=6.0, projection=Projection.FISHEYE)(bench)


def turned(name: str, right: tuple[float, float], within_deg: float) -> Look:
    def look(bench: Bench) -> str:
        out, _ = bench.generated("film-" + Path(name).stem, "--film", bench.films / name, "--seconds", 2)
        return sounds_from(out, right, within_deg)

    return look


def still(bench: Bench) -> str:
    out, _ = bench.generated("still", "--film", bench.films / "frame_still.jpg", "--seconds", 2)
    return is_long(out, 2 * _RATE_HZ) + ", " + sounds_from(out, BEACON, 30.0)


def on_time(*names: str, duration_s: float | None = None) -> Look:
    """Pictures are shown when ffprobe says, on the container's clock, every quarter of a second."""

    def look(bench: Bench) -> str:
        from engine.video.conditioning import ConditioningReader
        from engine.video.probe import probe

        told = []
        for name in names:
            film = bench.films / name
            info, times_s = probe(film), presentation_times_s(film)
            if duration_s is not None and abs(info.duration_s - duration_s) > 0.002:
                raise Wrong(f"{name} lasts {info.duration_s:.3f} s")
            reader = ConditioningReader(info)
            late = checked = 0
            for t_s in np.arange(0.0, info.duration_s, 0.25):
                due = [number for number, shown_s in enumerate(times_s) if shown_s <= t_s + 1e-4]
                seen = bar_code(reader.frame_at(float(t_s))[1])
                if due and seen is not None:
                    checked += 1
                    late += seen != due[-1]
            reader.close()
            if late or not checked:
                raise Wrong(f"{name}: {late} of {checked} pictures at another time")
            told.append(f"{name} {info.duration_s:.3f} s, 0 of {checked} off")
        return "; ".join(told)

    return look


def trimmed(bench: Bench) -> str:
    from engine.video.conditioning import ConditioningReader
    from engine.video.probe import probe

    info = probe(bench.films / "edit_list_trim.mp4")
    reader = ConditioningReader(info)
    first = bar_code(reader.frame_at(0.0)[1])
    reader.close()
    if first not in (62, 63) or abs(info.duration_s - 5.02) > 0.03:
        raise Wrong(f"first picture {first}, {info.duration_s:.3f} s")
    return f"first picture {first}, {info.duration_s:.3f} s"


def as_long(name: str, seconds: float, within_s: float = 0.0, said: tuple[str, ...] = ()) -> Look:
    def look(bench: Bench) -> str:
        out, ran = bench.generated("long-" + name.replace(".", "-"), "--film", bench.films / name)
        import soundfile

        frames = soundfile.info(out).frames
        if abs(frames / _RATE_HZ - seconds) > within_s + 1e-6:
            raise Wrong(f"{frames} samples ({frames / _RATE_HZ:.3f} s)")
        return f"{frames} samples" + (f"; said: {says(ran.said, *said)}" if said else "")

    return look


def joined(bench: Bench) -> str:
    try:
        return as_long("concat_gap.ts", 6.0, 0.05)(bench)
    except Wrong as wrong:
        if not str(wrong).startswith("exit 2"):
            raise
        return bench.refused("generate", "--film", bench.films / "concat_gap.ts", "--out", bench.work / "x.wav")


def timecode(bench: Bench) -> str:
    out, _ = bench.generated("timecode", "--film", bench.films / "timecode_10h.mov", "--seconds", 0.5)
    data = out.read_bytes()
    place = data.index(b"bext") + 8 + 256 + 32 + 32 + 10 + 8
    reference = int.from_bytes(data[place : place + 8], "little")
    if reference != 36_000 * _RATE_HZ:
        raise Wrong(f"time reference {reference}")
    return f"time reference {reference}"


def own_sound(bench: Bench) -> str:
    told = bench.inspected(bench.films / "timecode_10h.mov")
    if not told.get("sounds") or told["sounds"][0].get("channels") != 4:
        raise Wrong(f"sounds {told.get('sounds')}")
    return f"sounds {told['sounds']}"


def steady(*words: str) -> Look:
    def look(bench: Bench) -> str:
        out, _ = bench.generated("steady", "--film", bench.films / "film_40s.mp4", "--seconds", 20, *words)
        return sounds_from(out, BEACON, 35.0)

    return look


def kinds_of_files(bench: Bench) -> str:
    told = bench.inspected(bench.films / "tb_sar.mp4")
    right = {"kind": "film", "layout": "top-bottom", "projection": "equirectangular"}
    wrong = {key: told.get(key) for key, value in right.items() if told.get(key) != value}
    if wrong or told.get("layout_source") not in ("file", "guess"):
        raise Wrong(f"{wrong} {told.get('layout_source')}")
    return f"film, top-bottom, equirectangular, {told['layout_source']}"


CASES = [
    Case("F01", "one at (60, 20)", sees("base.mp4"), keeps=True),
    Case("F02", "one at (60, 20)", sees("sbs_4to1_st3d.mp4")),
    Case("F04", "(60, 20) without an option", sees("tb_16to9_st3d.mp4")),
    Case("F06", "(60, 20)", sees("tb_sar.mp4")),
    Case("F06i", "inspect names the layout", kinds_of_files),
    Case("F08", "(60, 20), nothing behind", vr180),
    Case("F10", "(60, 20)", sees("cropped_4to1.mp4")),
    Case("F11", "(60, 20)", sees("letterbox_16to9.mp4", within_deg=1.5)),
    Case("F12", "(60, 20), or one sentence", sees("cubemap_3x2_sv3d.mp4")),
    Case("F14", "(60, 20), or one sentence", two_streams),
    Case("F16", "(60, 20) with a projection option", fisheye),
    Case("F17", "pose yaw 90: azimuth 150", sees("pose_yaw90.mp4", (150.0, 20.0))),
    Case("F17g", "the take is turned too", turned("pose_yaw90.mp4", (150.0, 20.0), 30.0)),
    Case("F18", "(60, 20) both", lambda bench: sees("rot90.mp4")(bench) + sees("rot180.mp4")(bench), keeps=True),
    Case(
        "F20",
        "(60, 20) each",
        lambda bench: "; ".join(sees(n)(bench) for n in ("hevc10_full.mp4", "fullrange_yuvj.mp4", "prores_4444.mov")),
        keeps=True,
    ),
    Case("F21", "a still picture held for --seconds", still),
    Case("F22", "0 off", on_time("film_23976.mp4", "ntsc_2997.mp4", "fps_59_94_ts.ts"), keeps=True),
    Case("F22s", "480 480 samples", as_long("film_23976.mp4", 10.01), keeps=True),
    Case("F23", "0 off", on_time("vfr.mp4", "vfr_slow_start.mkv"), keeps=True),
    Case("F24", "first picture 63 as ffmpeg, 5.02 s", trimmed, keeps=True),
    Case("F25", "0 is the start of the file", on_time("late_picture.mp4", duration_s=5.853)),
    Case("F25s", "5.853 s", as_long("late_picture.mp4", 5.853, 0.002)),
    Case("F27", "the picture's 5.0 s, told", as_long("sound_longer.mkv", 5.0, 0.001, ("sound",))),
    Case("F29", "5.000 s, 0 off", on_time("sound_longer.mp4", "sound_shorter.mp4", duration_s=5.0), keeps=True),
    Case("F30", "6.0 s, or one sentence", joined),
    Case("F31", "5.000 s, 0 off", on_time("fragmented.mp4", "negative_dts_b.mp4"), keeps=True),
    Case("F32", "time reference 1 728 000 000", timecode),
    Case("F33", "the film's own sound is known", own_sound),
    Case("F34", "stays near (60, 20)", steady(), keeps=True),
    Case("F35", "stays near (60, 20)", steady("--prompt", "a dog barks"), keeps=True),
    Case(
        "S01",
        "a raw stream is a film, or one sentence that names it",
        as_long("raw.h264", 2.0, 0.05),
    ),
    Case("S04", "(60, 20)", sees("pano_1v85.mp4"), keeps=True),
]
