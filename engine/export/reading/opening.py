"""Opens any sound file with the right reader."""

from pathlib import Path

import soundfile

from engine.contract.errors import MediaError, reason_of
from engine.export.reading.film_source import FilmSource, SilentFilmError
from engine.export.reading.riff import is_wave, wave_facts
from engine.export.reading.sndfile_source import SndfileSource
from engine.export.reading.source import Convention, SoundSource, check_source
from engine.export.reading.stems import StemsSource, missing_stems, stems_of
from engine.export.reading.wave_source import WaveSource
from engine.files.regular import check_regular


def open_source(path: Path) -> SoundSource:
    """Open one file; raises MediaError if it is missing, is not a sound file, or states impossible values."""
    check_regular(path, "sound file")
    source = _opened(path)
    try:
        check_source(source, str(path))
    except MediaError:
        source.close()
        raise
    return source


def open_take(path: Path, convention: Convention | None = None) -> SoundSource:
    """Open a file, or all four if `path` is one of four mono files of a take (or a pattern that matches them).

    The four come in the order of the convention, so that they are converted as if they were one file. Raises
    MediaError.
    """
    stems = stems_of(path)
    if stems is None:
        return open_source(path)
    if path.is_file():
        single = open_source(path)
        if single.channels != 1 or missing_stems(path):
            return single
        single.close()
    elif len(stems) < 4:
        return open_source(path)
    sources: dict[str, SoundSource] = {}
    try:
        for letter, file in stems.items():
            sources[letter] = open_source(file)
        return StemsSource(sources, stems, convention)
    except MediaError:
        for source in sources.values():
            source.close()
        raise


def _opened(path: Path) -> SoundSource:
    try:
        facts = wave_facts(path)
        if facts is not None and facts.is_plain:
            return WaveSource(path, facts)
        return SndfileSource(path, "fuma" if facts is not None and facts.says_fuma else None)
    except OSError as error:
        raise MediaError(
            f"{path} cannot be read: {reason_of(error)}. Check its disk, or choose another file."
        ) from error
    except (soundfile.SoundFileError, ValueError) as error:
        unreadable = MediaError(f"{path} cannot be read as a sound or a film: convert it to WAV.")
        if is_wave(path):  # FFmpeg would guess at a broken WAV
            raise unreadable from error
    try:
        return FilmSource(path)
    except SilentFilmError:
        raise
    except MediaError:
        raise unreadable from None
