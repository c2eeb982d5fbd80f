"""Opens, measures and judges every row of a corpus before it is used for training."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.contract.errors import MediaError
from engine.contract.video import Area, StereoLayout, VideoInfo
from engine.corpus.ambix import ambix_blocks
from engine.corpus.audio import AudioFacts, audio_facts, blocks
from engine.corpus.judging import SHORTEST_SOUND_S, STRETCH_S, Fault, field_faults, sound_faults
from engine.corpus.measuring import Measures, file_digest, measure
from engine.corpus.rows import CorpusRow, Listing, Remark, Sort
from engine.export.reading.source import Convention
from engine.video.probe import probe

_FOA: Final = 4
_LENGTHS_DIFFER_S: Final = 0.5
_EQUIRECTANGULAR: Final = (1.9, 2.1)


@dataclass(frozen=True)
class CheckedRow:
    """A usable row with the facts about it; `digest` is the SHA-256 of the sound's file.

    `peak` is the highest sample, 1 = full scale.
    `convention` is the stated channel convention; None means as the file specifies.
    """

    row: CorpusRow
    sort: Sort
    audio: AudioFacts
    film: VideoInfo | None
    digest: str
    seconds: float
    peak: float
    convention: Convention | None


@dataclass(frozen=True)
class CheckReport:
    """The usable rows, and one remark for every row with an error or a warning."""

    rows: tuple[CheckedRow, ...]
    remarks: tuple[Remark, ...]

    @property
    def bad(self) -> tuple[Remark, ...]:
        """The remarks that exclude a row."""
        return tuple(remark for remark in self.remarks if remark.bad)


def check_corpus(
    listing: Listing, convention: Convention | None = None, progress: Callable[[float], None] = lambda done: None
) -> CheckReport:
    """Return the usable rows and the remarks of a corpus; every file is read to its end, block by block.

    `convention` applies to rows that state none. `progress` gets the finished share, 0 to 1, and may raise.
    """
    rows: list[CheckedRow] = []
    remarks = list(listing.remarks)
    first_with: dict[str, str] = {}
    for index, row in enumerate(listing.rows):

        def within(share: float, index: int = index) -> None:
            progress((index + min(share, 1.0)) / len(listing.rows))

        within(0.0)
        try:
            checked, faults = _checked(row, convention, within)
        except MediaError as error:
            remarks.append(Remark(row.name, _predicate(str(error), row), True, row.line))
            continue
        earlier = first_with.setdefault(checked.digest, row.name)
        if earlier != row.name:
            faults.append(Fault(f"has the same content as {earlier}: remove one of the two.", True))
        ruling = [fault for fault in faults if fault.bad]
        told = ruling or faults
        if told:
            text = " It ".join(fault.text for fault in told)
            remarks.append(Remark(row.name, text, bool(ruling), row.line))
        if not ruling:
            rows.append(checked)
    return CheckReport(tuple(rows), tuple(remarks))


def summary_lines(report: CheckReport) -> list[str]:
    """Return what the corpus holds, in a few lines."""
    names: dict[Sort, str] = {"film": "films with ambisonic sound", "foa": "ambisonic recordings", "sound": "sounds"}
    lines = []
    for sort, name in names.items():
        rows = [row for row in report.rows if row.sort == sort]
        if rows:
            lines.append(f"{name}: {len(rows)}, {sum(row.seconds for row in rows) / 60:.1f} min")
    classes = Counter(row.row.sound_class for row in report.rows if row.row.sound_class)
    if classes:
        shown = ", ".join(f"{name} {count}" for name, count in classes.most_common(20))
        lines.append(f"{len(classes)} classes: {shown}{' ...' if len(classes) > 20 else ''}")
    warned = len(report.remarks) - len(report.bad)
    lines.append(f"{len(report.rows)} rows can be used, {len(report.bad)} are bad, {warned} warnings")
    return lines


def _checked(
    row: CorpusRow, convention: Convention | None, progress: Callable[[float], None]
) -> tuple[CheckedRow, list[Fault]]:
    try:
        audio = audio_facts(row.path)
        own = row.convention or convention
        film = probe(row.video or row.path) if row.video is not None or audio.has_pictures else None
        sort = _sort(audio, film, row.convention)
        sound = blocks(audio) if sort == "sound" else ambix_blocks(audio, own)
        found = measure(sound, audio.rate_hz, lambda s: progress(s / max(audio.stated_s, 1e-3)))
        digest = file_digest(row.path)
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}.") from error
    if sort != "sound" and row.line is None:
        # A recording's file name ("GX010045") does not describe its sound.
        row = replace(row, labels=(), sound_class="")
    checked = CheckedRow(row, sort, audio, film, digest, found.seconds, found.peak, own)
    faults = sound_faults(audio, found, SHORTEST_SOUND_S if sort == "sound" else STRETCH_S)
    faults += _read_faults(audio, sort)
    if sort != "sound":
        faults += field_faults(found, own)
    if film is not None:
        faults += _film_faults(film, found)
    return checked, faults + _label_faults(checked)


def _sort(audio: AudioFacts, film: VideoInfo | None, stated: Convention | None) -> Sort:
    if film is None and stated is None and audio.channels <= 2:
        return "sound"
    if audio.channels < _FOA:
        counted = f"{audio.channels} channel{'s' * (audio.channels > 1)}"
        raise MediaError(f"has {counted}: first-order sound has four, W, Y, Z, X.")
    return "foa" if film is None else "film"


def _read_faults(audio: AudioFacts, sort: Sort) -> list[Fault]:
    """Return warnings about the reader's conversions; six channels of a film are first order and head-locked two."""
    faults = [Fault(notice, False) for notice in audio.notices]
    if sort != "sound" and audio.channels > _FOA and not (sort == "film" and audio.channels == _FOA + 2):
        faults.append(Fault(f"has {audio.channels} channels: the first four are used as W, Y, Z, X.", False))
    return faults


def _film_faults(film: VideoInfo, found: Measures) -> list[Fault]:
    faults = []
    if film.projection_source == "guess" and not _EQUIRECTANGULAR[0] <= _eye_aspect(film) <= _EQUIRECTANGULAR[1]:
        size = f"{film.width} x {film.height}"
        faults.append(Fault(f"has a film of {size}: a 360 film is equirectangular, twice as wide as high.", True))
    if abs(film.duration_s - found.seconds) > _LENGTHS_DIFFER_S:
        text = f"has {found.seconds:.1f} s of sound and {film.duration_s:.1f} s of film: cut them to the same length."
        faults.append(Fault(text, True))
    return faults


def _eye_aspect(film: VideoInfo) -> float:
    """Return the shape that one eye would have as a whole sphere, without bars around it."""
    area = film.active or Area(0, 0, film.width, film.height)
    width = area.width / 2 if film.layout is StereoLayout.LEFT_RIGHT else area.width
    height = area.height / 2 if film.layout is StereoLayout.TOP_BOTTOM else area.height
    across, down = film.bounds.left_deg - film.bounds.right_deg, film.bounds.top_deg - film.bounds.bottom_deg
    return (width * film.pixel_aspect * 360.0 / across) / (height * 180.0 / down)


def _label_faults(checked: CheckedRow) -> list[Fault]:
    row = checked.row
    if checked.sort == "sound":
        if not row.labels and not row.sound_class:
            return [Fault("has no label: name the file, its folder or the column label after the sound.", True)]
    elif not row.labels and not row.caption:
        return [Fault("has no label or caption: the model learns where it sounds, not what it is.", False)]
    return []


def _predicate(text: str, row: CorpusRow) -> str:
    """Return a sentence without its subject; the remark adds the row's name."""
    for path in (row.path, row.video):
        for name in (str(path), path.name) if isinstance(path, Path) else ():
            text = text.removeprefix(f"{name} ")
    return text
