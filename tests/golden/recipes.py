"""One short recipe for everything that a seed decides: sound, latents, a scene, an annotation, an exported file.

    python -m tests.golden.recipes [--against BEFORE.json] > AFTER.json

prints the SHA-256 of what each recipe makes, so that two states of the code are compared on one machine. The last bits
of most of them belong to the processor and the build of torch, so the hashes are not kept here; `test_recipes.py`
compares with recorded samples within a tolerance instead.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.annotation.annotate import annotate
from engine.contract.control import GenerationSettings, Prompt
from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.generation import PatchRequest
from engine.evaluation.measures.round_trip import round_trip
from engine.export.ambix_wav import AmbixWriter
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.encoders import load_encoders
from engine.model.specs import TINY_CODEC
from engine.model.streaming.streamer import PatchStreamer, load_patch_source
from engine.model.weights.checkpoint import load_model, save_codec, save_generator
from engine.runtime.offline.render import OfflineJob, render_offline
from engine.scenes.composer import SceneComposer, SceneOptions
from engine.scenes.rooms import load_rooms
from engine.scenes.sound_bank import load_sound_bank
from tests.engine.scenes.small_data import write_sounds
from tests.rough_generator import rough_generator

Recipe = Callable[[Path], NDArray[np.generic] | bytes]


def tiny_take(folder: Path) -> NDArray[np.float32]:
    """Return six patches (4, N) of TINY with film, words and a direction; its weights are drawn from a seed."""
    torch.set_num_threads(1)
    generator = rough_generator(0.05)
    torch.manual_seed(1)
    save_codec(folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(folder / "generator.safetensors", generator)
    streamer = PatchStreamer(load_model(folder), load_encoders())
    streamer.reset(5)
    frames = np.random.default_rng(0).integers(0, 255, (6, 128, 256, 3), dtype=np.uint8)
    left = np.array([0.0, 1.0, 0.0])
    requests = [PatchRequest(Prompt("rain"), frame, i, left, steps=2) for i, frame in enumerate(frames)]
    return np.concatenate([streamer.next_patch(request).samples for request in requests], axis=1)


def shipped_take(folder: Path) -> bytes:
    """Return an AmbiX file of the shipped XS as `generate` writes it: two sources, five steps, 0.96 s."""
    asked = GenerationSettings(Prompt("sea waves on the right and a dog on the left"), seed=3)
    job = OfflineJob(video=None, settings=asked, seconds=0.96, out=folder / "take.wav")
    render_offline(job, load_patch_source(), load_s=0.0)
    return job.out.read_bytes()


def codec_round_trip(_folder: Path) -> NDArray[np.float32]:
    """Return 0.64 s of noise from the front left (4, N) after the shipped codec."""
    torch.set_num_threads(1)
    with torch.inference_mode():
        return round_trip(load_model().codec, torch.from_numpy(_plane_noise(4 * PATCH_SAMPLES))[None])[0].numpy()


def composed_scene(folder: Path) -> NDArray[np.float32]:
    """Return the sum of three scenes (4, N) with rooms, beds and movement, made of sounds drawn from a seed."""
    torch.set_num_threads(1)
    bank = load_sound_bank(write_sounds(folder / "data"), folder / "cache")
    rooms = load_rooms(folder / "cache", folder / "data", 2)
    composer = SceneComposer(bank, SceneOptions(seconds=2.0, room=0.8, bed=0.8), rooms)
    total: NDArray[np.float32] = np.sum([composer.compose(seed).foa for seed in range(3)], axis=0, dtype=np.float32)
    return total


def captions(folder: Path) -> bytes:
    """Return the captions of twenty scenes as text: what their seeds decide."""
    bank = load_sound_bank(write_sounds(folder / "data"), folder / "cache")
    composer = SceneComposer(bank, SceneOptions(seconds=2.0))
    return "\n".join(composer.compose(seed).caption for seed in range(20)).encode()


def annotation(folder: Path) -> bytes:
    """Return the annotation of 3 s of noise from the front left in a diffuse field, as JSON."""
    field = _plane_noise(3 * SAMPLE_RATE_HZ)
    field += 0.01 * np.random.default_rng(4).standard_normal(field.shape).astype(np.float32)
    with AmbixWriter(folder / "field.wav") as writer:
        writer.write(field)
    return json.dumps(annotate(folder / "field.wav", labels=["noise"]), sort_keys=True).encode()


def exported_file(folder: Path) -> bytes:
    """Return an AmbiX WAV of 24 bits: the same bytes on every machine, for its samples are exact."""
    ramp = (np.arange(4 * 960, dtype=np.int32).reshape(4, 960) - 1_920) / np.float32(2_048)
    with AmbixWriter(folder / "exact.wav", "pcm24", time_reference_samples=48_000) as writer:
        writer.write(ramp.astype(np.float32))
    return (folder / "exact.wav").read_bytes()


RECIPES: dict[str, Recipe] = {
    recipe.__name__: recipe
    for recipe in (tiny_take, shipped_take, codec_round_trip, composed_scene, captions, annotation, exported_file)
}


def made(name: str) -> NDArray[np.generic] | bytes:
    """Carry a recipe out in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return RECIPES[name](Path(folder))


def sha256_of(what: NDArray[np.generic] | bytes) -> str:
    """Return the hash of bytes or of an array's numbers."""
    return hashlib.sha256(what if isinstance(what, bytes) else np.ascontiguousarray(what).tobytes()).hexdigest()


def _plane_noise(samples: int) -> NDArray[np.float32]:
    """Return AmbiX (4, N) of noise from 60 degrees left, written out so that it does not lean on the encoder."""
    mono = 0.2 * np.random.default_rng(2).standard_normal(samples)
    return (np.array([[1.0], [np.sqrt(0.75)], [0.0], [0.5]]) * mono).astype(np.float32)


def main() -> int:
    """Print every hash; with `--against`, exit with 1 if one differs from an earlier printing."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.recipes", description=__doc__.partition("\n")[0])
    parser.add_argument("--against", type=Path, metavar="BEFORE.json", help="what this printed before a change")
    arguments = parser.parse_args()
    hashes = {name: sha256_of(made(name)) for name in RECIPES}
    print(json.dumps(hashes, indent=1))
    if arguments.against is None:
        return 0
    before = json.loads(arguments.against.read_text())
    differing = [name for name in {**before, **hashes} if before.get(name) != hashes.get(name)]
    print(f"differing: {', '.join(differing) or 'none'}", file=sys.stderr)
    return int(bool(differing))


if __name__ == "__main__":
    raise SystemExit(main())
