"""`codec IN OUT`: an AmbiX file through the codec and back."""

import argparse

import numpy as np
from numpy.typing import NDArray

from app.command_line.arguments import check_outputs, weights_read
from app.command_line.console import ProgressLine, remark, say
from app.delivery.level_advice import remarks_on_command_line
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.export.ambix_wav import AmbixWriter
from engine.export.formats import subtype_of
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.stems import stems_of


def run(arguments: argparse.Namespace) -> int:
    """Run `codec`; returns the exit status."""
    sounds = [arguments.input, *(stems_of(arguments.input) or {}).values()]
    check_outputs(
        arguments.output, read={"sound file": sounds, "checkpoint's file": weights_read(arguments.checkpoint)}
    )
    subtype_of(arguments.output, "field", arguments.subtype)
    with AmbixReader(arguments.input, arguments.convention, rate_hz=SAMPLE_RATE_HZ) as reader:
        for notice in reader.notices:
            remark(notice)
        from engine.model.streaming.codec_file import run_codec

        with (
            ProgressLine("Coding") as line,
            AmbixWriter(arguments.output, arguments.subtype, gain=arguments.gain) as writer,
        ):

            def write(samples: NDArray[np.float32]) -> None:
                writer.write(samples)
                line.update(writer.frames / max(reader.frames, 1))

            run_codec(reader.blocks, arguments.checkpoint, arguments.device, write)
    for sentence in remarks_on_command_line([writer.file_levels]):
        remark(sentence)
    say(f"Wrote {arguments.output}")
    return 0
