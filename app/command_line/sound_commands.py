"""The options of the commands that make, play or read sound: generate, headless, codec, scene, render and others."""

from pathlib import Path

from app.command_line.arguments import (
    parse_direction,
    positive_seconds,
    seed_number,
    start_time,
    step_count,
    time_range,
)
from app.command_line.film_argument import add_film_argument
from app.command_line.film_choice import add_film_options
from app.command_line.head_option import add_head_option
from app.command_line.parser import Commands, add_convention, add_model_options, add_sample_options


def add_generate(commands: Commands) -> None:
    """Add `generate` and its options."""
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
        "--direction-as-generated", action="store_true", help="leave the sound where the model places it"
    )
    generate.add_argument(
        "--lane",
        action="append",
        default=[],
        metavar="TEXT@AZ,EL[@DB]",
        help="one more source at its own place, a lane of a scene; at 0 dB (default) all are equally loud; may be "
        "specified several times",
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
    continued = generate.add_mutually_exclusive_group()
    continued.add_argument(
        "--continue",
        dest="continued",
        type=Path,
        metavar="FILE",
        help="go on where this recording ends: continue its last 3.2 s, which are not in the result",
    )
    continued.add_argument(
        "--prime",
        type=Path,
        metavar="FILE",
        help="continue the first 3.2 s of this recording, which are not in the result; helps beds such as wind or rain",
    )
    generate.add_argument("--seed", type=seed_number, default=0, metavar="S", help="the same seed gives the same bytes")
    generate.add_argument("--steps", type=step_count, metavar="K", help="flow steps per patch, 1 to 64")
    add_model_options(generate)
    generate.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="O.wav",
        help="sound field to write: .wav, .flac or .caf (AmbiX), .amb (FuMa)",
    )
    add_sample_options(generate, "the files")
    generate.add_argument(
        "--binaural", type=Path, metavar="B.wav", help="also write binaural sound, facing the front: .wav, .flac"
    )
    add_head_option(generate)
    generate.add_argument(
        "--stems", type=Path, metavar="DIR", help="also write each source into its own file, as it is in O.wav"
    )
    generate.add_argument("--report", type=Path, metavar="R.json", help="also write timings and directions as JSON")
    generate.set_defaults(module="app.commands.generate")


def add_inspect(commands: Commands) -> None:
    """Add `inspect` and its options."""
    inspect = commands.add_parser("inspect", help="show how a film or a sound file is interpreted")
    inspect.add_argument("file", type=Path, metavar="FILE", help="film, still panorama or sound")
    add_film_options(inspect)
    add_convention(inspect, "channel convention of a sound file (default: as the file specifies)")
    inspect.add_argument("--json", action="store_true", help="write JSON to stdout")
    inspect.set_defaults(module="app.commands.inspect")


def add_codec(commands: Commands) -> None:
    """Add `codec` and its options."""
    codec = commands.add_parser("codec", help="run an AmbiX file through the codec and back")
    codec.add_argument("input", type=Path, metavar="IN.wav")
    codec.add_argument("output", type=Path, metavar="OUT.wav")
    add_convention(codec, "channel convention of IN.wav (default: as the file specifies)")
    add_sample_options(codec, "OUT.wav")
    add_model_options(codec)
    codec.set_defaults(module="app.commands.codec")


def add_import_vae(commands: Commands) -> None:
    """Add `import-vae` and its options."""
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


def add_headless(commands: Commands) -> None:
    """Add `headless` and its options."""
    headless = commands.add_parser("headless", help="play a film in real time without a screen or a sound device")
    add_film_argument(headless, "film to play, or camera:0: a live camera (default: the demo scene)")
    headless.add_argument("--project", type=Path, metavar="P.swan", help="play this project instead of a film")
    headless.add_argument("--make-first", action="store_true", help="make the project's missing takes, then play it")
    add_film_options(headless)
    headless.add_argument("--prompt", default="", metavar="P", help="what should be heard")
    headless.add_argument(
        "--start", type=start_time, default=0.0, metavar="T", help="begin at this time of the film: seconds or mm:ss"
    )
    headless.add_argument("--seconds", type=positive_seconds, metavar="N", help="length (default: 20)")
    headless.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="folder for the files")
    headless.add_argument("--size", choices=("1280x800", "1920x1080"), default="1280x800", help="size of the window")
    add_head_option(headless)
    add_model_options(headless)
    headless.set_defaults(module="app.commands.headless")


def add_scene(commands: Commands) -> None:
    """Add `scene` and its options."""
    scene = commands.add_parser("scene", help="make a project of one sentence: a lane for each sound in it")
    scene.add_argument("sentence", metavar="SENTENCE", help='such as "a dog barks on the left while rain falls"')
    add_film_argument(scene, "the film of the project")
    add_film_options(scene)
    scene.add_argument(
        "--seconds", type=positive_seconds, metavar="N", help="length of the sounds (default: the film's, or 60)"
    )
    scene.add_argument("--seed", type=seed_number, default=0, metavar="S", help="seed of the first lane")
    scene.add_argument(
        "--reader",
        default="rules",
        metavar="URL",
        help="'rules' (default, offline) or the address of an OpenAI-compatible API, such as http://127.0.0.1:8000/v1: "
        "then the sentence is sent there; the key is read from SWANSPHERE_API_KEY",
    )
    scene.add_argument("--model", metavar="NAME", help="the model of the API that reads the sentence")
    scene.add_argument("--out", type=Path, required=True, metavar="P.swan", help="project to write")
    scene.set_defaults(module="app.commands.scene")


def add_render(commands: Commands) -> None:
    """Add `render` and its options."""
    render = commands.add_parser("render", help="render a project to files: the mix, and each lane")
    render.add_argument("project", type=Path, metavar="PROJECT.swan", help="project to render")
    render.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the files: mix.wav (AmbiX) and others"
    )
    render.add_argument("--stems", action="store_true", help="also write each lane that is heard, named after it")
    render.add_argument(
        "--range",
        type=time_range,
        metavar="A-B",
        help="render this part of the film only, in seconds or as mm:ss, for example 1:00-1:30 (default: all of it)",
    )
    render.add_argument("--binaural", action="store_true", help="also write binaural.wav, facing the front")
    add_head_option(render)
    add_sample_options(render, "the files")
    add_model_options(render)
    render.set_defaults(module="app.commands.render")
