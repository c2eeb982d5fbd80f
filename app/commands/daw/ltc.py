"""`ltc`: linear time code beside an exported sound, as long as it and with its time of day."""

import argparse
from pathlib import Path
from typing import Final

from app.command_line.arguments import check_outputs, existing_file
from app.command_line.console import say
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.daw.ltc import write_ltc
from engine.daw.time_code import MtcRate
from engine.export.reading.opening import open_source
from engine.export.reading.wave_notes import wave_notes

RATES: Final = {rate.value: rate for rate in MtcRate}
_DAY_S: Final = 24 * 3600


def run(arguments: argparse.Namespace) -> int:
    """Run `ltc`; returns the exit status."""
    out: Path = arguments.out
    if out.suffix.lower() != ".wav":
        raise InvalidInputError(f"{out} is not the name of a WAV file: let it end in .wav.")
    sound = open_source(existing_file(arguments.sound, "sound file"))
    samples, rate_hz = sound.frames, sound.rate_hz
    sound.close()
    check_outputs(out, read={"sound": arguments.sound})
    notes = wave_notes(arguments.sound)
    day_sample = 0 if notes is None or notes.time_reference is None else notes.time_reference
    if day_sample + samples > _DAY_S * rate_hz:
        raise InvalidInputError(f"The time in {arguments.sound.name} goes past midnight: time code cannot follow it.")
    rate = RATES[arguments.fps]
    write_ltc(out, rate, day_sample, samples, rate_hz)
    begin = rate.grid.timecode(round(day_sample * SAMPLE_RATE_HZ / rate_hz))
    say(f"Wrote {out}: linear time code from {begin}, {arguments.fps} frames/s, {samples / rate_hz:.3f} s")
    return 0
