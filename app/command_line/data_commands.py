"""The options of the commands that measure or prepare data: bench, evaluate, annotate, scenes."""

from pathlib import Path

from app.command_line.arguments import clip_count, positive_seconds, price, seed_number, step_count
from app.command_line.film_argument import add_film_argument
from app.command_line.film_choice import add_film_options
from app.command_line.parser import Commands, OneLineParser, add_convention, add_model_options


def add_bench(commands: Commands) -> None:
    """Add `bench` and its options."""
    bench = commands.add_parser("bench", help="measure latency and real-time factor of the model on this machine")
    bench.add_argument("--json", type=Path, required=True, metavar="F", help="file to write the figures to")
    bench.add_argument("--steps", type=step_count, metavar="K", help="flow steps per patch (default: as in an export)")
    bench.add_argument(
        "--runtime",
        choices=("auto", "torch", "openvino"),
        help="what computes the model (default: the quicker one here)",
    )
    add_model_options(bench)
    bench.set_defaults(module="app.commands.bench")


def add_annotate(commands: Commands) -> None:
    """Add `annotate` and its options."""
    annotate = commands.add_parser("annotate", help="label ambisonic recordings: directions, trajectories, a caption")
    annotate.add_argument("files", type=Path, nargs="+", metavar="FILE", help="first-order recordings")
    annotate.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for one JSON file per recording"
    )
    add_convention(annotate, "channel convention (default: as the file specifies)")
    annotate.add_argument("--labels", type=Path, metavar="L.json", help="the sounds in each file, for the captions")
    add_film_argument(annotate, "the film of the recording, shown to the captioner", old_name="--video")
    add_film_options(annotate)
    annotate.add_argument(
        "--captioner",
        default="rules",
        metavar="URL",
        help="'rules' (default, offline) or the address of an OpenAI-compatible API, such as http://127.0.0.1:8000/v1: "
        "then directions and pictures of the film are sent there; the key is read from SWANSPHERE_API_KEY",
    )
    annotate.add_argument("--model", metavar="NAME", help="the model of the API that writes the captions")
    annotate.add_argument("--price-in", type=price, metavar="P", help="price per million tokens sent, to show the cost")
    annotate.add_argument("--price-out", type=price, metavar="P", help="price per million tokens received")
    annotate.add_argument("--again", action="store_true", help="repeat annotations that already exist")
    annotate.set_defaults(module="app.commands.annotate")


def add_evaluate(commands: Commands) -> None:
    """Add `evaluate` and its options."""
    evaluate = commands.add_parser("evaluate", help="measure takes against references, or a checkpoint on a suite")
    evaluate.add_argument("--generated", type=Path, metavar="DIR", help="takes: AmbiX WAV")
    evaluate.add_argument(
        "--reference", type=Path, metavar="DIR", help="same names: AmbiX WAV, trajectory JSON, or both"
    )
    add_convention(evaluate, "channel convention of the references (default: as each file specifies)")
    evaluate.add_argument("--captions", type=Path, metavar="C.json", help='the prompts: {"take-1": "a dog"}')
    evaluate.add_argument("--yamnet", type=Path, metavar="Y", help="yamnet.safetensors, for FD, KID, KL and novelty")
    evaluate.add_argument("--aisfx", action="store_true", help="add FD and KID of the full band (needs package aisfx)")
    evaluate.add_argument("--training", type=Path, metavar="DIR", help="training sounds, to detect memorisation")
    evaluate.add_argument("--sounds", type=Path, metavar="DIR", help="folder with sounds.tsv, for retrieve-and-pan")
    evaluate.add_argument("--seed", type=seed_number, default=0, metavar="S", help="seed of intervals and suite")
    evaluate.add_argument("--out", type=Path, required=True, metavar="R.json", help="file for the figures")
    evaluate.add_argument("--html", type=Path, metavar="R.html", help="also write a report as a page")
    suite = evaluate.add_argument_group("suites, which make their own references and takes")
    suite.add_argument(
        "--suite", choices=("held-out",), help="scenes of sounds and pictures that were never used for training"
    )
    suite.add_argument("--data", type=Path, metavar="DIR", help="folder with sounds.tsv to compose the scenes from")
    suite.add_argument("--clips", type=clip_count, default=50, metavar="N", help="number of scenes (default: 50)")
    suite.add_argument("--seconds", type=positive_seconds, default=8.0, metavar="L", help="their length (default: 8)")
    suite.add_argument("--rooms", type=int, default=20, metavar="N", help="simulated rooms (default: 20; 0: dry)")
    suite.add_argument("--with-direction", action="store_true", help="also request the true direction")
    suite.add_argument("--video-only", action="store_true", help="leave out the text")
    suite.add_argument("--work", type=Path, metavar="DIR", help="keep references, films and takes in this folder")
    suite.add_argument("--runs", type=Path, default=Path("runs"), metavar="R", help="folder with the cache of sounds")
    add_model_options(suite)
    evaluate.set_defaults(module="app.commands.evaluation.evaluate")


def add_scenes(commands: Commands) -> None:
    """Add `scenes` and its options."""
    scenes = commands.add_parser("scenes", help="check and import your own corpus, or preview training scenes")
    scenes.set_defaults(module="app.commands.scenes", action=None)
    actions = scenes.add_subparsers(metavar="ACTION", parser_class=OneLineParser)
    check = actions.add_parser("check", help="one line for every bad row of a corpus")
    take_in = actions.add_parser("import", help="turn a corpus into scenes and sounds for training")
    for action, parser in (("check", check), ("import", take_in)):
        parser.set_defaults(action=action)
        parser.add_argument("corpus", type=Path, metavar="CORPUS", help="folder of films and sounds, or a manifest")
        parser.add_argument("--manifest", type=Path, metavar="M", help="CSV, TSV or JSON lines about its files")
        add_convention(parser, "channel convention of recordings (default: as each file specifies)")
    take_in.add_argument("--runs", type=Path, default=Path("runs"), metavar="R", help="folder for RUNS/imported")
    take_in.add_argument("--skip-bad", action="store_true", help="leave out the bad rows and continue")
    preview = actions.add_parser("preview", help="make a page of contact sheets and plots, to open in a browser")
    preview.set_defaults(action="preview")
    preview.add_argument("--data", type=Path, metavar="DIR", help="compose scenes of this folder (sounds.tsv)")
    preview.add_argument("--store", type=Path, metavar="DIR", help="show the scenes of a folder of shards instead")
    preview.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the page and its sounds")
    preview.add_argument("--count", type=int, default=12, metavar="N", help="scenes on the page (default: 12)")
    preview.add_argument("--summary", type=int, default=200, metavar="N", help="scenes in the figures (default: 200)")
    preview.add_argument("--seed", type=seed_number, default=0, metavar="S", help="first seed, or number in the store")
    preview.add_argument("--rooms", type=int, default=20, metavar="N", help="simulated rooms (default: 20; 0: dry)")
    preview.add_argument("--held-out", action="store_true", help="use the held-out side of the data")
    preview.add_argument("--runs", type=Path, default=Path("runs"), metavar="R", help="folder with the cache of sounds")
