"""Each source of a render in its own file, as it is in the mix: in its place, at its level, not limited."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.control import GenerationSettings
from engine.contract.generation import MAIN_LANE, PatchResult
from engine.export.ambix_wav import AmbixWriter
from engine.export.formats import Subtype
from engine.export.levels import FileLevels, Gain
from engine.files.staging import Staging
from engine.words.placing import place_sources

_LONGEST_NAME: Final = 60


def stem_files(folder: Path, settings: GenerationSettings, has_film: bool) -> dict[int, Path]:
    """Return the files of the sources by lane, such as "1 a dog barks.wav"; the film is one with the prompt's first."""
    placed = place_sources(settings, 0.0, 0.0).settings
    words = {lane.lane_id: lane.prompt.text for lane in placed.lanes}
    if has_film or placed.prompt.text:
        words = {MAIN_LANE: placed.prompt.text or "film", **words}
    return {
        lane_id: folder / f"{number} {file_name_of(text)}.wav"
        for number, (lane_id, text) in enumerate(words.items(), start=1)
    }


class StemWriters:
    """Writes the sources of each patch into their files."""

    def __init__(self, writers: Mapping[int, AmbixWriter]) -> None:
        self._writers = writers

    def write(self, patch: PatchResult, samples: int) -> None:
        """Append the first samples of a patch; a source that is not in it is silent."""
        for lane_id, writer in self._writers.items():
            made = patch.lanes.get(lane_id)
            writer.write(np.zeros_like(patch.samples[:, :samples]) if made is None else made[:, :samples])

    @property
    def levels(self) -> tuple[FileLevels, ...]:
        """The levels of the files, after they are finished."""
        return tuple(writer.file_levels for writer in self._writers.values())


@contextlib.contextmanager
def open_stems(
    staging: Staging, files: Mapping[int, Path], subtype: Subtype | None, at: int, gain: Gain, model_sha256: str = ""
) -> Iterator[StemWriters]:
    """Open the files; they wait for `staging` to be committed. `at` is the time of day of their first sample.

    An automatic gain is the mix's own: the stems have none, so that they match each other.
    """
    gain_db = 0.0 if gain == "auto" else gain
    with contextlib.ExitStack() as stack:
        writers = {
            lane_id: stack.enter_context(
                AmbixWriter(
                    file,
                    subtype,
                    time_reference_samples=at,
                    gain=gain_db,
                    staging=staging,
                    model_sha256=model_sha256,
                )
            )
            for lane_id, file in files.items()
        }
        yield StemWriters(writers)


def file_name_of(words: str) -> str:
    """Return words as part of a file name that every system takes."""
    return re.sub(r"[^\w-]+", " ", words)[:_LONGEST_NAME].strip() or "source"
