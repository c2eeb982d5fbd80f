"""`import-vae FILE --out DIR`: Stable Audio's VAE as a start for the codec of S, M and L."""

import argparse

from app.command_line.arguments import existing_file
from app.command_line.console import say
from engine.contract.errors import ExportError
from engine.files.apart import keep_apart


def run(arguments: argparse.Namespace) -> int:
    """Run `import-vae`; returns the exit status."""
    source = existing_file(arguments.input, "weights file")
    target = arguments.out / "codec.safetensors"
    if (arguments.out / "generator.safetensors").exists():
        raise ExportError(f"{arguments.out} holds a generator for another codec: choose another folder.")
    if arguments.out.exists() and not arguments.out.is_dir():
        raise ExportError(f"{arguments.out} is a file: specify a folder for codec.safetensors.")
    keep_apart([target], {"weights file": source})
    from engine.model.codec.import_stable_audio import import_codec
    from engine.model.weights.checkpoint import save_codec

    imported = import_codec(source, arguments.strides)
    save_codec(target, imported.codec, note=f"imported from {source.name}: {imported.describe()}")
    say(f"Imported {source.name} into {target}: {imported.describe()}.")
    return 0
