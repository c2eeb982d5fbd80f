"""Sounds and films."""

import contextlib
from pathlib import Path
from typing import Literal

import numpy as np

from tests.fuzz.mutations import mutated_bytes
from tests.fuzz.target import Target, noise


def _sounds(folder: Path) -> list[Path]:
    import soundfile

    from engine.export.ambix_wav import AmbixWriter

    made = []
    for number, subtype in enumerate(("float", "pcm24")):
        (folder / f"own{number}").mkdir(parents=True)
        made.append(folder / f"own{number}" / "take.wav")
        with AmbixWriter(made[-1], subtype) as writer:  # type: ignore[arg-type]
            writer.write(noise(4))
    kinds = (("WAV", "PCM_16"), ("WAVEX", "FLOAT"), ("AIFF", "PCM_24"), ("FLAC", "PCM_16"), ("CAF", "PCM_16"))
    for number, (form, subtype) in enumerate((*kinds, ("W64", "PCM_16"), ("RF64", "PCM_24"), ("OGG", "VORBIS"))):
        place = folder / f"other{number}" / f"take.{form.lower()[:4]}"
        place.parent.mkdir(parents=True)
        soundfile.write(place, noise(4).T, 48_000, subtype, format=form)
        made.append(place)
    for name in ("take.amb", "take.flac"):
        place = folder / f"own-{name}" / name
        place.parent.mkdir()
        with AmbixWriter(place) as field:
            field.write(noise(4))
        made.append(place)
    return [*made, *(_sound_of_a_film(folder, name) for name in ("sound.mov", "sound.mp4", "sound.mkv"))]


def _sound_of_a_film(folder: Path, name: str) -> Path:
    """Write four channels of sound that only FFmpeg reads."""
    from fractions import Fraction

    import av

    place = folder / name.replace(".", "-") / name
    place.parent.mkdir()
    with av.open(str(place), "w") as container:
        sound = container.add_stream("aac" if name.endswith("mp4") else "pcm_s16le", rate=48_000, layout="4.0")
        values = noise(4)
        planar = sound.format.name == "fltp"
        if not planar:
            values = np.round(values.T * 32_767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values), sound.format.name, "4.0")
        frame.rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        for piece in (frame, None):
            container.mux(sound.encode(piece))
    return place


def _read_sound(path: Path) -> None:
    from engine.contract.errors import EngineError
    from engine.export.reading.ambix_reader import AmbixReader
    from engine.export.reading.describe import describe_sound

    with contextlib.suppress(EngineError):
        describe_sound(path)
    with AmbixReader(path, rate_hz=48_000) as reader:
        for number, _block in enumerate(reader.blocks()):
            if number > 50:  # a size that is believed would go on for hours
                raise RuntimeError(f"{path} goes on and on: a mutant holds a fraction of a second")


def _films(folder: Path) -> list[Path]:
    from fractions import Fraction

    import av

    made = []
    for number, (name, codec) in enumerate((("film.mp4", "mpeg4"), ("film.mkv", "mpeg4"), ("film.ts", "mpeg2video"))):
        place = folder / str(number) / name
        place.parent.mkdir(parents=True)
        with av.open(str(place), "w") as container:
            stream = container.add_stream(codec, rate=25)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
            stream.time_base = Fraction(1, 25)
            sound = container.add_stream("aac", rate=48_000)
            for k in range(6):
                picture = np.full((32, 64, 3), 20 * k, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            frame = av.AudioFrame.from_ndarray(noise(1, 12_000), "fltp", "mono")
            frame.sample_rate = 48_000
            container.mux(sound.encode(frame))
            container.mux(stream.encode())
            container.mux(sound.encode())
        made.append(place)
    return made


def _read_film(path: Path) -> None:
    from engine.video.chosen import film_as_chosen
    from engine.video.conditioning import ConditioningReader

    reader = ConditioningReader(film_as_chosen(path))
    try:
        for t_s in (0.0, 0.16):
            reader.frame_at(t_s)
    finally:
        reader.close()


def _films_with_boxes(folder: Path) -> list[Path]:
    """Write films with the boxes of a sphere and a sound field, with the index in front and behind."""
    from engine.export.film.film_writer import FilmPart, FilmTrack, write_film
    from engine.export.film.sphere_boxes import Sphere

    source = _films(folder / "sources")[0]
    made = []
    for name, track in (("film.mov", FilmTrack(4, "pcm16")), ("film.mp4", FilmTrack(6, "aac"))):
        place = folder / name.replace(".", "-") / name
        place.parent.mkdir(parents=True)
        write_film(place, FilmPart(source, Sphere()), track, iter([noise(track.channels)]))
        made.append(place)
    return made


def _rewrite_boxes(path: Path) -> None:
    """Read the boxes of a film, and write them again with the index in front."""
    from engine.export.film.box_writing import rewrite_movie, with_entries_changed
    from engine.export.film.sphere_boxes import Sphere, picture_entry, sound_entry
    from engine.export.reading.film_boxes import film_boxes

    film_boxes(path)
    changes = {
        b"vide": lambda _kind, content: picture_entry(content, Sphere()),
        b"soun": lambda _kind, content: sound_entry(content, False),
    }
    scratch = path.with_name("first.mp4")
    scratch.unlink(missing_ok=True)
    rewrite_movie(path, lambda movie: with_entries_changed(movie, changes), scratch=scratch)
    film_boxes(path)


def _verify(path: Path) -> None:
    from engine.export.checking.page import page_of

    page_of(path)


def _finished_files(folder: Path) -> list[Path]:
    from engine.export.layouts import field_layout
    from engine.export.wav_writer import WavWriter

    model = folder / "model" / "take.wav"
    model.parent.mkdir(parents=True)
    with WavWriter(model, field_layout("pcm24", adm_name="take")) as writer:
        writer.write(noise(4))
    return [model, *_sounds(folder / "sounds"), *_films_with_boxes(folder / "films")]


def _copy_pictures(path: Path) -> None:
    """Copy the pictures of a damaged film into a film with sound."""
    from app.delivery.film_part import film_part
    from engine.export.film.film_writer import FilmTrack, write_film
    from engine.video.chosen import film_as_chosen

    film = film_as_chosen(path)
    for name, range_s in (("out.mov", None), ("out.mp4", (0.08, 0.2))):
        out = path.with_name(name)
        out.unlink(missing_ok=True)
        coding: Literal["pcm16", "aac"] = "pcm16" if range_s is None else "aac"
        write_film(out, film_part(film, range_s), FilmTrack(4, coding), iter([noise(4)]))


MEDIA = (
    Target("films to copy", mutated_bytes, _films, _copy_pictures),
    Target("finished files", mutated_bytes, _finished_files, _verify),
    Target("boxes of films", mutated_bytes, _films_with_boxes, _rewrite_boxes),
    Target("sounds", mutated_bytes, _sounds, _read_sound),
    Target("films", mutated_bytes, _films, _read_film),
)
