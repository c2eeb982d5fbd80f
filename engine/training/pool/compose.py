"""Stage 0: compose the pool of scenes for training the codec and the generator."""

from pathlib import Path

from engine.scenes.composer import SceneOptions
from engine.scenes.store import compose_store
from engine.scenes.tables.rows import second_pack_line
from engine.training.loop.options import StageParser


def main(argv: list[str]) -> None:
    """Run `train compose`."""
    parser = StageParser(prog="train compose", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sounds.tsv, perhaps sounds2.tsv")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for scenes and checkpoints")
    parser.add_argument("--scenes", type=int, default=2400)
    parser.add_argument("--held-out-scenes", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rooms", type=int, default=120, help="simulated rooms to draw from; 0: no rooms at all")
    parser.add_argument("--classes", nargs="+", help="sources of these classes alone (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="another number composes other scenes")
    args = parser.parse_args(argv)
    cache = args.runs / "cache"
    if line := second_pack_line(args.data):
        print(line, flush=True)
    common = {"workers": args.workers, "rooms": args.rooms}
    classes = None if args.classes is None else tuple(args.classes)
    held_out = SceneOptions(seconds=args.seconds, held_out=True, classes=classes)
    compose_store(args.data, cache, args.runs / "scenes-held-out", args.held_out_scenes, held_out, 7, **common)
    options = SceneOptions(seconds=args.seconds, classes=classes)
    speed = compose_store(args.data, cache, args.runs / "scenes", args.scenes, options, args.seed, **common)
    print(f"{args.scenes} scenes of {args.seconds:g} s at {speed:.0f} times real time")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
