"""The options that specify how a film is interpreted, for every command that takes one."""

import argparse

from app.command_line.arguments import positive_seconds
from engine.contract.video import FilmChoice, Projection, StereoLayout


def add_film_options(parser: argparse._ActionsContainer) -> None:
    """Add --layout, --projection, --fov and --still-seconds."""
    parser.add_argument(
        "--layout",
        choices=[layout.value for layout in StereoLayout],
        help="how the pictures of the eyes are packed (default: as the file specifies, or guessed from the shape)",
    )
    parser.add_argument(
        "--projection",
        choices=[projection.value for projection in Projection],
        help="how the sphere is mapped to the picture; fisheye: two circles side by side; flat: an ordinary film, "
        "placed in front (default: as the file specifies, or equirectangular)",
    )
    parser.add_argument(
        "--fov",
        type=_degrees,
        metavar="DEG",
        help="field of view of each lens with --projection fisheye (default: 190), or of the picture's width with flat "
        "(default: 70)",
    )
    parser.add_argument(
        "--still-seconds",
        type=positive_seconds,
        metavar="N",
        help="how long a still panorama lasts as a film (default: 60)",
    )


def film_choice(arguments: argparse.Namespace) -> FilmChoice:
    """Return the choice of those options. Raises InvalidInputError if they contradict each other."""
    return FilmChoice(
        StereoLayout(arguments.layout) if arguments.layout else None,
        Projection(arguments.projection) if arguments.projection else None,
        arguments.fov,
        arguments.still_seconds,
    )


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a field of view in degrees: specify a number such as 190."
        ) from None
