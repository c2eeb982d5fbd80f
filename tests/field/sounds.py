"""Sound files in, and files out."""

import hashlib
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import soundfile

from tests.field.case import Bench, Case, Look, Wrong, is_long, near, says, sounds_from

BEACON = (60.0, 20.0)
_RATE_HZ = 48_000


def reads(*names: str, options: tuple[str, ...] = (), said: tuple[str, ...] = (), within_deg: float = 2.0) -> Look:
    def look(bench: Bench) -> str:
        told = []
        for name in names:
            direction, _, ran = bench.annotated(bench.sounds / name, *options)
            told.append(near(direction, BEACON, within_deg))
            if said:
                told.append("said: " + says(ran.said + ran.out, *said))
        return ", ".join(dict.fromkeys(told))

    return look


def through_codec(name: str, *options: str, samples: int | None = None, within_deg: float = 6.0) -> Look:
    def look(bench: Bench) -> str:
        out = bench.work / f"codec-{Path(name).stem}.wav"
        bench.done("codec", bench.sounds / name, out, *options)
        seen = sounds_from(out, BEACON, within_deg)
        return seen if samples is None else f"{seen}, {is_long(out, samples)}"

    return look


def both(*looks: Look) -> Look:
    return lambda bench: "; ".join(look(bench) for look in looks)


def refuses(*names: str) -> Look:
    def look(bench: Bench) -> str:
        return "; ".join(bench.refused("annotate", bench.sounds / n, "--out", bench.work / "no") for n in names)

    return look


def stems(bench: Bench) -> str:
    return reads("split_W.wav")(bench)


def plain_fuma(bench: Bench) -> str:
    _, annotation, ran = bench.annotated(bench.sounds / "fuma_plain.wav")
    doubt = says(ran.said + ran.out + str(annotation), "fuma")
    return f"a word of doubt: {doubt[:90]}; " + through_codec("fuma_plain.wav", "--convention", "fuma")(bench)


def clipped(bench: Bench) -> str:
    out = bench.work / "hot.wav"
    ran = bench.done("codec", bench.sounds / "hot_float.wav", out, "--subtype", "pcm24")
    return says(ran.said + ran.out, "full scale")


def hashed(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def keeps_inputs(bench: Bench) -> str:
    """Outputs that are inputs, by name, by link and by hard link: refused, nothing touched."""
    folder = bench.work / "own"
    folder.mkdir(exist_ok=True)
    film, path = folder / "film.mp4", folder / "path.json"
    shutil.copy(bench.films / "base.mp4", film)
    path.write_text('[{"t_s": 0, "azimuth_deg": 10, "elevation_deg": 0}]')
    soft, hard = folder / "soft.wav", folder / "hard.wav"
    if not soft.is_symlink():
        soft.symlink_to(film)
        os.link(film, hard)
    take = folder / "take.wav"
    shutil.copy(bench.sounds / "ambix.wav", take)
    before = {file: hashed(file) for file in (film, path, take)}
    short = ("--seconds", "0.5")
    bench.refused("generate", "--film", film, "--out", film, *short)
    bench.refused("generate", "--film", film, "--out", soft, *short)
    bench.refused("generate", "--film", film, "--out", hard, *short)
    bench.refused("generate", "--film", film, "--out", folder / "o.wav", "--binaural", film, *short)
    bench.refused("generate", "--prompt", "rain", "--path", path, "--out", folder / "o.wav", "--report", path, *short)
    said = bench.refused("codec", take, take)
    if {file: hashed(file) for file in before} != before:
        raise Wrong("an input was changed")
    return "six refused, nothing touched; " + said


def suffixes(bench: Bench) -> str:
    told = []
    for suffix, magic in ((".flac", b"fLaC"), (".ogg", b"OggS"), (".mp4", b"ftyp"), (".amb", b"RIFF")):
        out = bench.work / f"suffix{suffix}"
        ran = bench.main("generate", "--prompt", "rain", "--seconds", "0.5", "--out", out)
        if ran.status == 2 and len(ran.said.strip().splitlines()) == 1:
            told.append(f"{suffix} refused")
        elif ran.status == 0 and magic in out.read_bytes()[:16]:
            if suffix == ".amb" and bytes.fromhex("2107d3118644c8c1ca000000") not in out.read_bytes()[:2000]:
                raise Wrong(".amb without its GUID")
            told.append(f"{suffix} written as such")
        else:
            raise Wrong(f"{suffix}: exit {ran.status}")
    return ", ".join(told)


def names(bench: Bench) -> str:
    told = []
    for name in ("音" * 83 + ".wav", "n" * 251 + ".wav", "dog", "ünï 🎧 'q' # 100 %.wav"):
        out = bench.work / name
        bench.done("generate", "--prompt", "rain", "--seconds", "0.5", "--out", out)
        told.append(f"{len(name.encode())} bytes")
    return ", ".join(told) + " written; " + reads("長" * 83 + ".wav")(bench)


def refused_places(bench: Bench) -> str:
    rain = ("generate", "--prompt", "rain", "--seconds", "0.5")
    out = bench.work / "same.wav"
    told = [
        bench.refused(*rain, "--out", out, "--binaural", out),
        bench.refused(*rain, "--out", bench.work / "missing" / "x.wav"),
        bench.refused(*rain, "--out", "/dev/full"),
        bench.refused("generate", "--prompt", "rain", "--seconds", "1e9", "--out", out),
    ]
    left = [file.name for file in bench.work.iterdir() if file.name.startswith(".")]
    if left or out.exists():
        raise Wrong(f"left: {left}")
    return "; ".join(line[8:60] for line in told)


def links(bench: Bench) -> str:
    target, link = bench.work / "target.wav", bench.work / "link.wav"
    target.write_bytes(b"before")
    link.symlink_to(target)
    bench.done("generate", "--prompt", "rain", "--seconds", "0.5", "--out", link)
    if not link.is_symlink() or target.read_bytes()[:4] != b"RIFF":
        raise Wrong("the link was replaced")
    dangling = bench.work / "dangling.wav"
    dangling.symlink_to(bench.work / "gone" / "x.wav")
    return "written through; " + bench.refused("generate", "--prompt", "rain", "--seconds", "0.5", "--out", dangling)


def interop(bench: Bench) -> str:
    out, _ = bench.generated("interop", "--prompt", "a dog barks", "--seconds", "0.5", "--subtype", "pcm24")
    data, info = out.read_bytes(), soundfile.info(out)
    fmt = data.index(b"fmt ") + 8
    tag, channels = struct.unpack("<HH", data[fmt : fmt + 4])
    mask = struct.unpack("<I", data[fmt + 20 : fmt + 24])[0]
    riff = struct.unpack("<I", data[4:8])[0]
    seen = (tag == 0xFFFE, channels, mask, riff == len(data) - 8, info.format, info.subtype, b"ACN3-FOA" in data)
    if seen != (True, 4, 0, True, "WAVEX", "PCM_24", True):
        raise Wrong(str(seen))
    return str(seen)


def codec_memory(bench: Bench) -> str:
    """Peak memory of a run of its own: three minutes may not take more than a quarter over one minute."""
    import subprocess
    import sys

    peaks = []
    for minutes in (1, 3):
        source = bench.work / f"noise-{minutes}.wav"
        noise = np.random.default_rng(0).standard_normal((minutes * 60 * _RATE_HZ, 4)).astype(np.float32)
        soundfile.write(source, 0.05 * noise, _RATE_HZ, "FLOAT")
        # VmHWM counts from the start of the program; ru_maxrss would count the memory of this one, too.
        code = (
            "import re, sys; from app.cli import main; status = main(sys.argv[1:]);"
            "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1];"
            "print(peak, file=sys.stderr); sys.exit(status)"
        )
        command = [sys.executable, "-c", code, "codec", str(source), str(bench.work / "c.wav")]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        peaks.append(int(ran.stderr.split()[-1]) / 1e6)
    text = f"{peaks[0]:.2f} and {peaks[1]:.2f} GB for 1 and 3 minutes"
    if peaks[1] > 1.25 * peaks[0]:
        raise Wrong(text)
    return text


CASES = [
    Case(
        "F60",
        "(60, 20) each",
        reads(
            "ambix.wav",
            "f64.wav",
            "s16_44k1.wav",
            "s24_96k.wav",
            "aiff.aiff",
            "caf.caf",
            "flac.flac",
            "w64.w64",
            "rf64.wav",
            "opus_family2.opus",
            "chunks_everywhere.wav",
            "data_size_ffff_piped.wav",
            "link.wav",
        ),
        keeps=True,
    ),
    Case("F61", "(60, 20)", both(reads("quad_mask.wav"), through_codec("quad_mask.wav")), keeps=True),
    Case("F62", "(60, 20)", both(reads("fuma.amb"), through_codec("fuma.amb")), keeps=True),
    Case("F63", "(60, 20)", reads("fuma_late_fmt.amb")),
    Case("F65", "a word of doubt; (60, 20) with the option", plain_fuma),
    Case("F66", "(60, 20) with the option", reads("n3d.wav", options=("--convention", "n3d")), keeps=True),
    Case(
        "F67",
        "taken, first four, said so",
        both(
            reads("foa_plus_headlocked_6ch.wav", said=("four", "first 4")),
            through_codec("foa_plus_headlocked_6ch.wav"),
        ),
    ),
    Case("F69", "--convention a-format", reads("a_format.wav", options=("--convention", "a-format"))),
    Case("F70", "one sentence each", refuses("mono.wav", "stereo.wav", "horizontal_3ch.wav"), keeps=True),
    Case("F70s", "four stems are one take", stems),
    Case(
        "F71",
        "3.0 s, (60, 20)",
        both(reads("data_size_0_unfinished.wav"), through_codec("data_size_0_unfinished.wav", samples=144_000)),
    ),
    Case(
        "F72",
        "what is there is read; one sentence",
        both(reads("cut_off.wav"), refuses("odd_chunk_unpadded.wav")),
        keeps=True,
    ),
    Case(
        "F73",
        "(60, 20)",
        both(reads("sound_in.mov"), reads("sound_in.mp4", within_deg=4.0), through_codec("sound_in.mov")),
    ),
    Case("F75", "one sentence; (60, 20)", both(refuses("nan.wav"), reads("hot_float.wav")), keeps=True),
    Case("F76", "told", clipped),
    Case(
        "F77",
        "resampled",
        both(through_codec("s16_44k1.wav", samples=144_000), through_codec("s24_96k.wav", samples=144_000)),
    ),
    Case("F80", "exit 2, nothing touched", keeps_inputs),
    Case("F84", "written through; one sentence", links, keeps=True),
    Case("F85", "that format, or exit 2", suffixes),
    Case("F87", "names as given", names),
    Case("F90", "one sentence each", refused_places, keeps=True),
    Case("F92", "extensible, mask 0, sizes right", interop, keeps=True),
    Case("S09", "constant memory", codec_memory),
]
