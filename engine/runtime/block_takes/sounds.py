"""A take as a sound of the mix: measured as a whole, so that trimming and splitting change no level."""

from engine.ambisonics.loudness import LevelMeter
from engine.ambisonics.turning.field_track import FieldTrack
from engine.ambisonics.turning.finished import shown_by
from engine.contract.conventions import FOA_CHANNELS
from engine.rendering.mix.sounds import BlockSound, FieldFacts, Samples
from engine.runtime.block_takes.reader import TakeReader


def sound_of(take: TakeReader, samples: Samples) -> BlockSound:
    """Return the sound of a take as it is now, to be read through `samples`. Raises MediaError if it is damaged."""
    level, tracks = LevelMeter(), []
    for index in range(take.patches):
        patch = take.patch(index)
        level.add(patch.samples)
        tracks.append(patch.track)
    track = FieldTrack.joined(tracks)
    facts = FieldFacts(shown_by(track), track.share, follows_path=True)
    return BlockSound(FOA_CHANNELS, samples, level.level(), facts)
