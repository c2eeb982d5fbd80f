"""The command line. Its shape is a contract: options are added, never renamed."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from app.command_line.arguments import (
    clip_count,
    gain_of_files,
    join_negative_values,
    parse_direction,
    positive_seconds,
    price,
    seed_number,
    start_time,
    step_count,
)
from app.command_line.console import complain
from app.command_line.film_argument import add_film_argument, command_names, with_film_named
from app.command_line.film_choice import add_film_options
from app.command_line.head_option import add_head_option
from app.files import this_program
from engine.contract.errors import EngineError
from engine.contract.version import VERSION
from engine.files.owned_folder import sweep_temporary
from engine.files.stopping import Stopped, stopping_in_order

BAD_INPUT = 2
INTERRUPTED = 130


class OneLineParser(argparse.ArgumentParser):
    """A parser that reports an error as one line on stderr."""

    def error(self, message: str) -> NoReturn:
        """Print the error and the way to the help, and exit with status 2."""
        complain(f"{message} (see: {self.prog} --help)")
        raise SystemExit(BAD_INPUT)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each sets `module`, whose `run(arguments) -> int` does the work."""
    parser = OneLineParser(
        prog=this_program.name(),
        usage="%(prog)s [OPTIONS] [FILM]\n       %(prog)s COMMAND ...",
        description="Plays a 360-degree film while a streaming model makes its spatial sound. "
        "Without a command it opens the window, with FILM if one is given.",
    )
    parser.add_argument(
        "--version", action="version", version=f"SwanSphere {VERSION}", help="the version of SwanSphere"
    )
    add_film_argument(parser, "open this film in the window, as FILM alone does")
    add_film_options(parser)
    parser.add_argument(
        "--renderer",
        choices=("auto", "gpu", "cpu"),
        default="auto",
        help="what draws the film (cpu: if the graphics driver draws it incorrectly)",
    )
    _add_model_options(parser)
    parser.set_defaults(module="app.commands.window")
    commands = parser.add_subparsers(title="commands", prog=parser.prog, metavar="COMMAND", parser_class=OneLineParser)
    _add_generate(commands)
    _add_inspect(commands)
    _add_codec(commands)
    _add_import_vae(commands)
    _add_bench(commands)
    _add_headless(commands)
    _add_annotate(commands)
    _add_evaluate(commands)
    _add_scene(commands)
    _add_scenes(commands)
    train = commands.add_parser("train", help="run a stage of training: train STAGE ...", add_help=False)
    train.set_defaults(module="app.commands.train")
    doctor = commands.add_parser("doctor", help="check this machine: one page, with a remedy for each problem")
    doctor.add_argument("--probe", choices=("torch", "sound", "gl"), help=argparse.SUPPRESS)  # its own child processes
    doctor.set_defaults(module="app.commands.doctor")
    return parser


def _add_model_options(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--checkpoint", type=Path, metavar="C", help="folder of weights (default: the shipped XS)")
    parser.add_argument("--device", default="cpu", metavar="D", help="torch device, for example cpu, cuda or mps")


def _add_sample_options(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--subtype", choices=("float", "pcm24"), help=f"sample format of {what} (default: float, in FLAC pcm24)"
    )
    parser.add_argument(
        "--gain",
        type=gain_of_files,
        default=0.0,
        metavar="DB",
        help="decibels for all channels (default: 0), or 'auto': if 24 bits would clip, lower the peak to -1 dBFS",
    )


def _add_convention(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--convention", choices=("ambix", "fuma", "n3d", "a-format"), help=text)


def _add_generate(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    generate = commands.add_parser("generate", help="generate the sound of a film or a prompt, as files")
    add_film_argument(generate, "360-degree film to generate the sound for", old_name="--video")
    add_film_options(generate)
    generate.add_argument("--prompt", default="", metavar="P", help="what should be heard")
    where = generate.add_mutually_exclusive_group()
    where.add_argument(
        "--direction", type=parse_direction, metavar="AZ,EL", help="degrees; azimuth + is left, elevation + is up"
    )
    where.add_argument("--path", type=Path, metavar="P", help="directions over time, as JSON or CSV")
    generate.add_argument(
        "--path-interpolation",
        choices=("azimuth-elevation", "great-circle"),
        help="how to interpolate between two points of the path: straight lines in azimuth and elevation, or the "
        "shortest way on the sphere (default: as the file specifies, otherwise azimuth-elevation)",
    )
    generate.add_argument(
        "--direction-as-generated", action="store_true", help="do not rotate the field to the requested direction"
    )
    generate.add_argument(
        "--lane",
        action="append",
        default=[],
        metavar="TEXT@AZ,EL[@DB]",
        help="one more source at its own place, mixed in at DB decibels (default: 0); may be specified several times",
    )
    generate.add_argument(
        "--start",
        type=start_time,
        default=0.0,
        metavar="T",
        help="begin at this time of the film, in seconds or as mm:ss; the times of a path remain those of the film",
    )
    generate.add_argument(
        "--seconds", type=positive_seconds, metavar="N", help="length (default: to the end of the film, or 10)"
    )
    generate.add_argument(
        "--prime",
        type=Path,
        metavar="FILE",
        help="continue the first 3.2 s of this recording, which are not in the result; helps beds such as wind or rain",
    )
    generate.add_argument("--seed", type=seed_number, default=0, metavar="S", help="the same seed gives the same bytes")
    generate.add_argument("--steps", type=step_count, metavar="K", help="flow steps per patch, 1 to 64")
    _add_model_options(generate)
    generate.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="O.wav",
        help="sound field to write: .wav or .flac (AmbiX), .amb (FuMa)",
    )
    _add_sample_options(generate, "the files")
    generate.add_argument(
        "--binaural", type=Path, metavar="B.wav", help="also write binaural sound, facing the front: .wav, .flac"
    )
    add_head_option(generate)
    generate.add_argument(
        "--stems", type=Path, metavar="DIR", help="also write each source into its own file, as it is in O.wav"
    )
    generate.add_argument("--report", type=Path, metavar="R.json", help="also write timings and directions as JSON")
    generate.set_defaults(module="app.commands.generate")


def _add_inspect(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    inspect = commands.add_parser("inspect", help="show how a film or a sound file is interpreted")
    inspect.add_argument("file", type=Path, metavar="FILE", help="film, still panorama or sound")
    add_film_options(inspect)
    _add_convention(inspect, "channel convention of a sound file (default: as the file specifies)")
    inspect.add_argument("--json", action="store_true", help="write JSON to stdout")
    inspect.set_defaults(module="app.commands.inspect")


def _add_codec(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    codec = commands.add_parser("codec", help="run an AmbiX file through the codec and back")
    codec.add_argument("input", type=Path, metavar="IN.wav")
    codec.add_argument("output", type=Path, metavar="OUT.wav")
    _add_convention(codec, "channel convention of IN.wav (default: as the file specifies)")
    _add_sample_options(codec, "OUT.wav")
    _add_model_options(codec)
    codec.set_defaults(module="app.commands.codec")


def _add_import_vae(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    import_vae = commands.add_parser(
        "import-vae", help="make a four-channel codec from the weights of Stable Audio's VAE"
    )
    import_vae.add_argument("input", type=Path, metavar="FILE", help="safetensors or .ckpt of a VAE or a whole model")
    import_vae.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for codec.safetensors")
    import_vae.add_argument(
        "--strides",
        choices=("keep", "project"),
        default="keep",
        help="keep those of FILE (default), or project its kernels to the 1920 samples per latent of these generators",
    )
    import_vae.set_defaults(module="app.commands.import_vae")


def _add_bench(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    bench = commands.add_parser("bench", help="measure latency and real-time factor of the model on this machine")
    bench.add_argument("--json", type=Path, required=True, metavar="F", help="file to write the figures to")
    bench.add_argument("--steps", type=step_count, metavar="K", help="flow steps per patch (default: as in an export)")
    bench.add_argument(
        "--runtime",
        choices=("auto", "torch", "openvino"),
        help="what computes the model (default: the quicker one here)",
    )
    _add_model_options(bench)
    bench.set_defaults(module="app.commands.bench")


def _add_headless(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    headless = commands.add_parser("headless", help="play a film in real time without a screen or a sound device")
    add_film_argument(headless, "film to play (default: the demo scene)")
    add_film_options(headless)
    headless.add_argument("--prompt", default="", metavar="P", help="what should be heard")
    headless.add_argument(
        "--start", type=start_time, default=0.0, metavar="T", help="begin at this time of the film: seconds or mm:ss"
    )
    headless.add_argument("--seconds", type=positive_seconds, metavar="N", help="length (default: 20)")
    headless.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="folder for the files")
    headless.add_argument("--size", choices=("1280x800", "1920x1080"), default="1280x800", help="size of the window")
    add_head_option(headless)
    _add_model_options(headless)
    headless.set_defaults(module="app.commands.headless")


def _add_annotate(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    annotate = commands.add_parser("annotate", help="label ambisonic recordings: directions, trajectories, a caption")
    annotate.add_argument("files", type=Path, nargs="+", metavar="FILE", help="first-order recordings")
    annotate.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for one JSON file per recording"
    )
    _add_convention(annotate, "channel convention (default: as the file specifies)")
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


def _add_evaluate(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    evaluate = commands.add_parser("evaluate", help="measure takes against references, or a checkpoint on a suite")
    evaluate.add_argument("--generated", type=Path, metavar="DIR", help="takes: AmbiX WAV")
    evaluate.add_argument(
        "--reference", type=Path, metavar="DIR", help="same names: AmbiX WAV, trajectory JSON, or both"
    )
    _add_convention(evaluate, "channel convention of the references (default: as each file specifies)")
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
    _add_model_options(suite)
    evaluate.set_defaults(module="app.commands.evaluate")


def _add_scene(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    scene = commands.add_parser("scene", help="make a project of one sentence: a lane for each sound in it")
    scene.add_argument("sentence", metavar="SENTENCE", help='such as "a dog barks on the left while rain falls"')
    add_film_argument(scene, "the film of the project")
    add_film_options(scene)
    scene.add_argument(
        "--seconds", type=positive_seconds, metavar="N", help="length of the sounds (default: the film's, or 60)"
    )
    scene.add_argument("--seed", type=seed_number, default=0, metavar="S", help="seed of the first lane")
    scene.add_argument("--out", type=Path, required=True, metavar="P.swan", help="project to write")
    scene.set_defaults(module="app.commands.scene")


def _add_scenes(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    scenes = commands.add_parser("scenes", help="check and import your own corpus, or preview training scenes")
    scenes.set_defaults(module="app.commands.scenes", action=None)
    actions = scenes.add_subparsers(metavar="ACTION", parser_class=OneLineParser)
    check = actions.add_parser("check", help="one line for every bad row of a corpus")
    take_in = actions.add_parser("import", help="turn a corpus into scenes and sounds for training")
    for action, parser in (("check", check), ("import", take_in)):
        parser.set_defaults(action=action)
        parser.add_argument("corpus", type=Path, metavar="CORPUS", help="folder of films and sounds, or a manifest")
        parser.add_argument("--manifest", type=Path, metavar="M", help="CSV, TSV or JSON lines about its files")
        _add_convention(parser, "channel convention of recordings (default: as each file specifies)")
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


def _split(argv: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """Return what is parsed here, and what `train` passes on untouched: argparse would claim its options."""
    return (argv[:1], list(argv[1:])) if list(argv[:1]) == ["train"] else (argv, [])


def main(argv: Sequence[str]) -> int:
    """Run a command and return the exit status.

    It is 0, 2 for an error the user can fix, 130 for Ctrl+C, 143 or 129 for SIGTERM or SIGHUP.
    """
    own, rest = _split(argv)
    try:
        parser = build_parser()
        own = with_film_named(own, parser, command_names(parser))
        arguments = parser.parse_args(join_negative_values(own, ("--direction", "--gain")))
        arguments.rest = rest
        sweep_temporary()
        with stopping_in_order():
            return int(importlib.import_module(arguments.module).run(arguments))
    except Stopped as stopped:
        complain("stopped.")
        return int(stopped.status)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else BAD_INPUT
    except EngineError as error:
        complain(str(error))
        return BAD_INPUT
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        complain(f"{error.strerror or error}{where}.")
        return BAD_INPUT
    except KeyboardInterrupt:
        complain("stopped.")
        return INTERRUPTED
    finally:
        sys.stdout.flush()
