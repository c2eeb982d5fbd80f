"""Sentences about what an evaluation could not measure, and what to give it."""

from collections.abc import Mapping

from engine.evaluation.suite.summary import Given


def left_out(
    given: Given, pairs: int, silent: int, captions: Mapping[str, str], sounds: bool, training: bool
) -> list[str]:
    """Return the sentences about `pairs` clips, of which `silent` takes have no sound, and their captions.

    `sounds` and `training` say whether they were named.
    """
    notes = []
    if silent:
        notes.append(
            f"{silent} of {pairs} takes are silent: FD and KID are without them, directions count them as wrong."
        )
    if not given.yamnet:
        notes.append("FD, KID, KL, text agreement and novelty are left out: they need YAMNet's weights (--yamnet).")
    if not given.aisfx:
        notes.append("FD and KID of the full band are left out: they need the package aisfx (--aisfx).")
    if not given.recordings:
        notes.append("FD, KID, KL and the codec figures are left out: the references are trajectories without sound.")
    if not given.films:
        notes.append("Onsets of sound and picture are left out: there is no film beside a reference.")
    if not sounds:
        notes.append("The baseline retrieve-and-pan is left out: it needs labelled sounds (--sounds).")
    elif not captions:
        notes.append("The baseline retrieve-and-pan is left out: no clip has a caption (--captions).")
    if captions and len(captions) < pairs:
        without = pairs - len(captions)
        notes.append(f"{without} clips have no caption: text agreement and retrieve-and-pan are without them.")
    if not training:
        notes.append("Novelty is left out: it needs the training sounds (--training).")
    if not given.reports:
        notes.append("First audio and real-time factor are left out: there is no report of generate beside the takes.")
    if pairs == 1:
        notes.append("One clip shows little, and has no interval.")
    return notes
