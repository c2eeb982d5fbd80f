"""`python main.py train STAGE ...`: one command per stage, resumable; see README.md beside this file."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.contract.errors import EngineError, InvalidInputError
from engine.files.apart import keep_apart, weights_of
from engine.files.stopping import stopping_in_order
from engine.training.loop.allocator import keep_freed_memory
from engine.training.loop.options import StageParser

OLD_STAGES = {"names": "vocabulary"}
OLD_OPTIONS = {"--jumps": "--few-step"}
"""The names that stages and options had before."""


def main(argv: list[str]) -> int:
    """Run a stage and return the exit code. Raises EngineError with a sentence for the user."""
    stages = _stages()
    argv = [current_name(word, OLD_STAGES) for word in argv[:1]] + argv[1:]
    if not argv or argv[0] in {"-h", "--help"}:
        print("usage: train STAGE [options]\nstages, in order: " + ", ".join(stages))
        return 0
    if argv[0] not in stages:
        raise InvalidInputError(f"There is no stage '{argv[0]}': choose one of {', '.join(stages)}.")
    keep_freed_memory()
    stages[argv[0]](argv[1:])
    return 0


def _stages() -> dict[str, Callable[[list[str]], None]]:
    from engine.training import lease
    from engine.training.codec import ablation as codec_ablation
    from engine.training.codec import add_codes as codec_partials
    from engine.training.codec import adversarial as codec_adversarial
    from engine.training.codec import evaluate as codec_eval
    from engine.training.codec import oobleck as codec_oobleck
    from engine.training.codec import train as codec
    from engine.training.generator import ablation as generator_ablation
    from engine.training.generator import change_codec as codec_change
    from engine.training.generator import distil, features, refiner, solver, vocabulary
    from engine.training.generator import evaluate as film_eval
    from engine.training.generator import train as generator
    from engine.training.pool import compose, credits, pack, pseudo, scene_check
    from engine.training.preference import train as odpo
    from engine.training.reward import train as rank_fit
    from engine.training.svac import train as svac

    return {
        "pack": pack.main,
        "lease": lease.main,
        "compose": compose.main,
        "pseudo": pseudo.main,
        "scene-check": scene_check.main,
        "codec": codec.main,
        "codec-eval": codec_eval.main,
        "codec-adversarial": codec_adversarial.main,
        "codec-oobleck": codec_oobleck.main,
        "codec-ablation": codec_ablation.main,
        "codec-partials": codec_partials.main,
        "features": features.main,
        "change-codec": codec_change.main,
        "svac": svac.main,
        "film-eval": film_eval.main,
        "generator": generator.main,
        "generator-ablation": generator_ablation.main,
        "distil": distil.main,
        "solver": solver.main,
        "refiner": refiner.main,
        "rank-fit": rank_fit.main,
        "odpo": odpo.main,
        "vocabulary": vocabulary.main,
        "credits": credits.main,
        "export": export,
    }


def current_name(word: str, old_names: Mapping[str, str]) -> str:
    """Return a word of a command line under its current name; an old name still works, and one line says so."""
    name, equals, value = word.partition("=")
    if name not in old_names:
        return word
    print(f"'{name}' is now called '{old_names[name]}'; the old name still works.", file=sys.stderr)
    return old_names[name] + equals + value


def export(argv: list[str]) -> None:
    """Write a run's averaged generator as a checkpoint's generator.safetensors.

    With `--few-step STUDENT` write the LocDiT of a distilled generator beside the generator that it was made from.
    """
    from engine.model.weights.checkpoint import load_generator, save_few_step
    from engine.training.generator.export import export as export_generator

    parser = StageParser(prog="train export", description=export.__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--spec", default="XS")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint folder")
    parser.add_argument("--few-step", type=Path, help="folder written by 'train distil'")
    args = parser.parse_args([current_name(word, OLD_OPTIONS) for word in argv])
    if args.few_step is not None:
        keep_apart([args.out / "jumps.safetensors"], {"student": weights_of(args.few_step)})
        save_few_step(args.out, load_generator(args.few_step / "generator.safetensors"))
        return
    step = export_generator(args.runs, args.spec, args.out)
    print(f"{args.out / 'generator.safetensors'}: {step} steps")


if __name__ == "__main__":
    try:
        with stopping_in_order():
            raise SystemExit(main(sys.argv[1:]))
    except EngineError as error:
        raise SystemExit(str(error)) from None
