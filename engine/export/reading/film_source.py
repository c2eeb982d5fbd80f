"""The sound of a film, and of sound files that only FFmpeg reads (M4A, MKA, WavPack)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.conventions import FOA_CHANNELS
from engine.contract.errors import MediaError
from engine.contract.video import FilmSound
from engine.export.reading.film_boxes import film_boxes
from engine.export.reading.source import Block, Convention
from engine.media.container import MediaFile, decoded_sound
from engine.media.sounds import samples_of, sounds_of

_LATE_S: Final = 0.05
"""A track that starts earlier than this starts with the film: encoders are off by a frame."""
_LATEST_S: Final = 3_600.0
"""A later start is not believed: it would mean hours of silence."""


class SilentFilmError(MediaError):
    """A film without a sound track."""


class FilmSource:
    """Implements SoundSource for the best track: the first with at least four channels, or else the first.

    A track that starts late is preceded by silence, so that times are those of the film. Raises MediaError.
    """

    can_seek = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._media = MediaFile(path)
        try:
            tracks = sounds_of(self._media)
            self.has_pictures = bool(self._media.pictures)
        except BaseException:
            self._media.close()
            raise
        if not tracks:
            self._media.close()
            raise SilentFilmError(f"{path} has no sound: choose a file with four channels.")
        self._track = next((track for track in tracks if track.channels >= FOA_CHANNELS), tracks[0])
        self.channels, self.rate_hz = self._track.channels, self._track.rate_hz
        is_late = _LATE_S <= self._track.start_s <= _LATEST_S
        self._silence = round(self._track.start_s * self.rate_hz) if is_late else 0
        self.frames = self.promised = self._silence + round(self._track.duration_s * self.rate_hz)
        self.container, self.subtype = self._media.format_name, self._track.codec
        self.says: Convention | None = "ambix" if self._track.is_ambisonic or self._is_named_ambix(tracks) else None
        self.notices = tuple(self._noticed(tracks))
        self._held: Block = np.zeros((self.channels, 0), np.float32)
        self._blocks = self._decoded()

    def read(self, frames: int) -> Block:
        """Return the next samples (C, n). Raises MediaError for damage."""
        while self._held.shape[1] == 0:
            block = next(self._blocks, None)
            if block is None:
                return self._held
            self._held = block
        block, self._held = self._held[:, :frames], self._held[:, frames:]
        return block

    def seek(self, frame: int) -> None:
        """Return to the start: no other position can be reached exactly."""
        if frame != 0:
            raise ValueError("A film's sound is read from its start.")
        self._media.close()
        self._media = MediaFile(self._path)
        self._held = self._held[:, :0]
        self._blocks = self._decoded()

    def close(self) -> None:
        """Close the file."""
        self._media.close()

    def _is_named_ambix(self, tracks: tuple[FilmSound, ...]) -> bool:
        """Return whether a box SA3D names the first track as AmbiX: FFmpeg prefers AAC's own idea of four channels."""
        try:
            boxes = film_boxes(self._path) if "mp4" in self._media.format_name else None
        except OSError:
            return False
        named = None if boxes is None else boxes.spatial_audio
        return named is not None and named.is_ambix and self._track is tracks[0]

    def _decoded(self) -> Iterator[Block]:
        for start in range(0, self._silence, self.rate_hz):
            yield np.zeros((self.channels, min(self.rate_hz, self._silence - start)), np.float32)
        try:
            for packet in self._media.packets(self._media.stream(self._track.index)):
                for frame in decoded_sound(packet):
                    block = samples_of(frame)
                    if block.shape[0] != self.channels:
                        raise MediaError("changes its number of channels on the way: export it again.")
                    yield block
        except MediaError as error:  # engine.media names no file
            raise MediaError(f"{self._path} {error}") from error

    def _noticed(self, tracks: tuple[FilmSound, ...]) -> Iterator[str]:
        if len(tracks) > 1:
            number = tracks.index(self._track) + 1
            yield f"has {len(tracks)} sound tracks: number {number} is read ({self.channels} channels)."
        if self._silence:
            yield f"has sound from {self._track.start_s:.2f} s on: before that there is silence."
