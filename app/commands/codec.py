"""`codec IN OUT`: an AmbiX file through the codec and back."""

import argparse

from app.arguments import check_outputs, existing_file
from app.console import say
from engine.export.ambix_wav import AmbixWriter, read_ambix


def run(arguments: argparse.Namespace) -> int:
    existing_file(arguments.input, "sound file")
    check_outputs(arguments.output)
    foa, rate_hz = read_ambix(arguments.input)
    from engine.model.codec_file import run_codec

    with AmbixWriter(arguments.output, arguments.subtype) as writer:
        run_codec(foa, rate_hz, arguments.checkpoint, arguments.device, writer.write)
    say(f"Wrote {arguments.output}")
    return 0
