"""`inspect FILE`: what is understood of a film, a still panorama or a sound, before anything is made of it."""

import argparse
import json
from pathlib import Path

from app.console import say
from app.film_choice import film_choice
from app.film_facts import film_facts, film_lines
from app.sound_facts import sound_facts, sound_lines
from engine.contract.errors import MediaError
from engine.files.regular import check_regular


def run(arguments: argparse.Namespace) -> int:
    file: Path = arguments.file
    check_regular(file, "film or sound")
    from engine.media.container import MediaFile

    try:
        with MediaFile(file) as media:
            is_film = bool(media.pictures)
    except MediaError:
        is_film = False
    if is_film:
        from engine.video.chosen import film_as_chosen

        film = film_as_chosen(file, film_choice(arguments))
        facts, lines = film_facts(film), film_lines(film)
    else:
        facts = sound_facts(file)
        lines = sound_lines(facts)
    say(json.dumps(facts, indent=2, ensure_ascii=False) if arguments.json else "\n".join(lines))
    return 0
