"""`codec IN OUT`: an AmbiX file through the codec and back."""

import argparse

from app.arguments import check_outputs, existing_file
from app.console import say


def run(arguments: argparse.Namespace) -> int:
    existing_file(arguments.input, "sound file")
    check_outputs(arguments.output)
    from engine.model.codec_file import run_codec

    run_codec(arguments.input, arguments.output, arguments.checkpoint, arguments.device, arguments.subtype)
    say(f"Wrote {arguments.output}")
    return 0
