"""`inspect FILE`: how a film, a still panorama or a sound file is interpreted."""

import argparse
import json
from pathlib import Path

from app.command_line.console import say
from app.command_line.film_choice import film_choice
from app.film.facts import film_facts, film_lines
from app.film.sound_facts import sound_lines
from engine.contract.errors import InvalidInputError, MediaError
from engine.files.regular import check_regular


def run(arguments: argparse.Namespace) -> int:
    """Run `inspect`; returns the exit status."""
    file: Path = arguments.file
    if _is_film(file):
        if arguments.convention is not None:
            raise InvalidInputError(f"{file.name} is a film: --convention is for sounds.")
        from engine.video.chosen import film_as_chosen

        film = film_as_chosen(file, film_choice(arguments))
        facts, lines = film_facts(film), film_lines(film)
    else:
        from engine.export.reading.describe import describe_sound

        facts = {"file": str(file), **describe_sound(file, arguments.convention)}
        lines = sound_lines(str(file), facts)
    say(json.dumps(facts, indent=2, ensure_ascii=False) if arguments.json else "\n".join(lines))
    return 0


def _is_film(file: Path) -> bool:
    """Return whether a file has pictures; a name that does not exist may mean the four mono files of a take."""
    if not file.exists():
        return False
    check_regular(file, "film or sound")
    from engine.media.container import MediaFile

    try:
        with MediaFile(file) as media:
            return bool(media.pictures)
    except MediaError:
        return False
