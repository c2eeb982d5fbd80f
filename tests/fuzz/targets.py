"""The parsers that read what a user brings, each with files to begin with."""

import contextlib
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.mutations import mutated_bytes, mutated_safetensors, mutated_text

_ANNOTATION = {"duration_s": 1.0, "segment_s": 1.0, "segments": [], "sources": []}
Mutate = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Target:
    """`seeds` makes whole files in a folder, each in a folder of its own with what belongs beside it; `parse` reads one
    and raises EngineError if it is refused.
    """

    name: str
    mutate: Mutate
    seeds: Callable[[Path], list[Path]]
    parse: Callable[[Path], object]


def _apart(folder: Path, files: dict[str, bytes | str]) -> list[Path]:
    """Write files, each into a folder of its own."""
    made = []
    for number, (name, content) in enumerate(files.items()):
        place = folder / str(number) / name
        place.parent.mkdir(parents=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        made.append(place)
    return made


def _noise(channels: int, samples: int = 2_400) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal((channels, samples)).astype(np.float32)


def _sounds(folder: Path) -> list[Path]:
    import soundfile

    from engine.export.ambix_wav import AmbixWriter

    made = []
    for number, subtype in enumerate(("float", "pcm24")):
        (folder / f"own{number}").mkdir(parents=True)
        made.append(folder / f"own{number}" / "take.wav")
        with AmbixWriter(made[-1], subtype) as writer:  # type: ignore[arg-type]
            writer.write(_noise(4))
    kinds = (("WAV", "PCM_16"), ("WAVEX", "FLOAT"), ("AIFF", "PCM_24"), ("FLAC", "PCM_16"), ("CAF", "PCM_16"))
    for number, (form, subtype) in enumerate((*kinds, ("W64", "PCM_16"), ("RF64", "PCM_24"), ("OGG", "VORBIS"))):
        place = folder / f"other{number}" / f"take.{form.lower()[:4]}"
        place.parent.mkdir(parents=True)
        soundfile.write(place, _noise(4).T, 48_000, subtype, format=form)
        made.append(place)
    for name in ("take.amb", "take.flac"):
        place = folder / f"own-{name}" / name
        place.parent.mkdir()
        with AmbixWriter(place) as field:
            field.write(_noise(4))
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
        noise = _noise(4)
        planar = sound.format.name == "fltp"
        values = noise if planar else np.round(noise.T * 32_767).astype(np.int16).reshape(1, -1)
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
            stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"  # type: ignore[attr-defined]
            stream.time_base = Fraction(1, 25)
            sound = container.add_stream("aac", rate=48_000)
            for k in range(6):
                picture = np.full((32, 64, 3), 20 * k, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))  # type: ignore
            frame = av.AudioFrame.from_ndarray(_noise(1, 12_000), "fltp", "mono")
            frame.sample_rate = 48_000
            container.mux(sound.encode(frame))  # type: ignore[attr-defined]
            container.mux(stream.encode())  # type: ignore[attr-defined]
            container.mux(sound.encode())  # type: ignore[attr-defined]
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


def _paths(folder: Path) -> list[Path]:
    points = [{"t_s": t, "azimuth_deg": 20.0 * t, "elevation_deg": 10} for t in range(4)]
    return _apart(
        folder,
        {
            "path.json": json.dumps(points),
            "automation.json": json.dumps({"interpolation": "great-circle", "points": points}),
            "path.csv": "time,azimuth,elevation\n0,0,0\n00:00:01.500,90,10\n2,180,0\n",
            "plain.csv": "0;10;20\n1;20;30\n",
        },
    )


def _read_path(path: Path) -> None:
    from app.command_line.path_file import read_direction_path

    read_direction_path(path).at(0.5)


def _labels(folder: Path) -> list[Path]:
    return _apart(folder, {"labels.json": '{"take.wav": ["a dog barking", "rain"], "other.wav": []}'})


def _read_labels(path: Path) -> None:
    from app.commands.annotate import _labels as read

    for words in read(path).values():
        ", ".join(words)


def _captions(folder: Path) -> list[Path]:
    return _apart(folder, {"captions.json": '{"take-1": "a dog barks", "take-2.wav": "rain"}'})


def _read_captions(path: Path) -> None:
    from engine.evaluation.suite.captions import named_classes, read_captions

    for text in read_captions(path).values():
        named_classes(text)


def _annotations(folder: Path) -> list[Path]:
    from engine.annotation.annotate import annotate, write_annotation
    from engine.export.ambix_wav import AmbixWriter

    folder.mkdir(parents=True)
    with AmbixWriter(folder / "take.wav") as writer:
        writer.write(_noise(4, 96_000))
    write_annotation(annotate(folder / "take.wav", None, ["rain"]), folder / "take.json")
    report = folder / "report" / "report.json"
    report.parent.mkdir()
    report.write_text(json.dumps({"first_audio_s": 0.3, "rtf": 0.5, "prompt": "rain", "doa": []}))
    return [folder / "take.json", report]


def _read_annotation(path: Path) -> None:
    from engine.annotation.annotate import finished_annotation, write_annotation
    from engine.annotation.chat_request import request_body
    from engine.contract.errors import EngineError
    from engine.evaluation.measures.truth import read_trajectory
    from engine.evaluation.suite.pairs import read_report

    read_report(path)
    with contextlib.suppress(EngineError):
        read_trajectory(path).clip(2.0)
    annotation = finished_annotation(path)
    if annotation is not None:
        str(annotation.get("captioner")), annotation["caption"], float(str(annotation["duration_s"]))
        request_body("model", annotation, [])
        write_annotation(annotation, path.with_name("again.json"))


def _manifests(folder: Path) -> list[Path]:
    import soundfile

    rows = [
        {"path": "sounds/dog.wav", "label": "dog; rain", "class": "dog", "kind": "point", "split": "held-out"},
        {"path": "sounds/rain.wav", "label": "rain", "class": "rain", "kind": "ambience", "split": ""},
    ]
    table = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    made = _apart(
        folder,
        {
            "manifest.csv": "\n".join(table) + "\n",
            "manifest.tsv": "\n".join(table).replace(",", "\t") + "\n",
            "manifest.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        },
    )
    for place in made:
        (place.parent / "sounds").mkdir()
        for name in ("dog", "rain"):
            soundfile.write(place.parent / "sounds" / f"{name}.wav", _noise(1, 24_000)[0], 48_000)
    return made


def _read_manifest(path: Path) -> None:
    from engine.corpus.checking import check_corpus, summary_lines
    from engine.corpus.manifest import read_manifest

    summary_lines(check_corpus(read_manifest(path, path.parent)))


def _answers(folder: Path) -> list[Path]:
    answer = {
        "choices": [{"message": {"role": "assistant", "content": "A dog barks on the left."}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    }
    refusal = {"error": {"message": "no such model", "type": "invalid_request_error"}}
    return _apart(folder, {"answer.json": json.dumps(answer), "refusal.json": json.dumps(refusal)})


def _read_answer(path: Path) -> None:
    from engine.annotation.captioner import CaptionError, RemoteCaptioner
    from tests.chat_endpoint import serving

    with serving() as endpoint:
        is_refusal = path.name == "refusal.json"
        endpoint.will_say((400 if is_refusal else 200, path.read_bytes()))
        captioner = RemoteCaptioner(endpoint.url, "model", "key", timeout_s=5.0, tries=1)
        with contextlib.suppress(CaptionError) if is_refusal else contextlib.nullcontext():
            captioner.caption(_ANNOTATION)


def _checkpoints(folder: Path) -> list[Path]:
    import shutil

    import torch

    from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
    from engine.model.codec.xs import XsFoaVae
    from engine.model.conditioning.known_sounds import KnownSounds
    from engine.model.generator.flow_solver import FittedSolver
    from engine.model.generator.generator import Generator
    from engine.model.specs import TINY, TINY_CODEC
    from engine.model.weights.checkpoint import save_codec, save_generator, save_jumps, save_known_sounds, save_solvers
    from engine.training.generator.distil import student_of

    whole = folder / "whole"
    torch.manual_seed(0)
    generator = Generator(TINY)
    save_codec(whole / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(whole / "generator.safetensors", generator)
    save_jumps(whole, student_of(generator))
    times = torch.linspace(0.0, 1.0, 3)
    save_solvers(whole, {2: FittedSolver(times, torch.ones(2, 3, TINY.latent_dim))})
    embeddings = torch.nn.functional.normalize(torch.randn(2, TINY.text_dim), dim=1)
    save_known_sounds(whole, KnownSounds(("dog", "rain"), embeddings, torch.zeros(2)))
    made = []
    for name in sorted(file.name for file in whole.iterdir()):
        shutil.copytree(whole, folder / name)
        made.append(folder / name / name)
    other = folder / "oobleck" / "codec.safetensors"
    save_codec(other, OobleckFoaVae(OobleckSpec(channels=2, multipliers=(1, 1, 2, 2, 2), latent_dim=8)))
    return [*made, other]


def _load_checkpoint(path: Path) -> None:
    from engine.model.weights.checkpoint import load_model

    load_model(path.parent, need_generator=False)


def _tensor_files(folder: Path) -> list[Path]:
    import shutil
    from dataclasses import fields

    from safetensors.numpy import save_file

    from engine.ambisonics.binaural import SHIPPED_FILTERS
    from engine.training.reward.features import FEATURES
    from engine.training.reward.model import RankModel, save_rank_model

    shapes = dict(
        centre=(FEATURES,), scale=(FEATURES,), landmarks=(3, FEATURES), weights=(3, 2), text_mean=(384,),
        text_basis=(384, 2), classes=(2, 2), usual=(FEATURES, 2), usual_distance=(2,),
    )  # fmt: skip
    assert set(shapes) == {f.name for f in fields(RankModel)}
    places = [folder / name / f"{name}.safetensors" for name in ("filters", "rank", "yamnet")]
    for place in places:
        place.parent.mkdir(parents=True)
    shutil.copyfile(SHIPPED_FILTERS, places[0])
    save_rank_model(places[1], RankModel(**{name: np.ones(shape) for name, shape in shapes.items()}))
    tagger = {"c1.w": (8, 1, 3, 3), "c1.b": (8,), "melfb": (257, 64), "fc.w": (521, 1024), "fc.b": (521,)}
    for layer in range(2, 15):
        after = 1024 if layer == 14 else 8
        tagger |= {f"d{layer}.w": (8, 1, 3, 3), f"d{layer}.b": (8,), f"p{layer}.w": (after, 8, 1, 1)}
        tagger[f"p{layer}.b"] = (after,)
    save_file({name: np.zeros(shape, np.float32) for name, shape in tagger.items()}, places[2])
    rows = "".join(f"{k},/m/{k},class {k}\n" for k in range(521))
    (places[2].parent / "yamnet_class_map.csv").write_text("index,mid,display_name\n" + rows)
    return places


def _load_tensors(path: Path) -> None:
    from engine.ambisonics.binaural import load_filters
    from engine.evaluation.taggers.yamnet import Yamnet
    from engine.training.reward.features import FEATURES
    from engine.training.reward.model import load_rank_model

    match path.stem:
        case "filters":
            load_filters(path)
        case "rank":
            load_rank_model(path).strangeness(np.zeros(FEATURES))
        case _:
            Yamnet(path).mean_scores(_noise(1, 16_000)[0], 16_000)


def _foreign_weights(folder: Path) -> list[Path]:
    import torch
    from safetensors.torch import save_file

    from tests.engine.model.codec.stable_audio_files import STEREO, plain_names, random_codec, under, weight_normed

    tensors = under("autoencoder.", weight_normed(plain_names(random_codec(STEREO))))
    places = [folder / "0" / "vae.safetensors", folder / "1" / "vae.ckpt"]
    for place in places:
        place.parent.mkdir(parents=True)
    save_file(tensors, places[0])
    torch.save({"state_dict": tensors}, places[1])
    return places


def _import_weights(path: Path) -> None:
    from engine.model.codec.import_stable_audio import import_codec

    import_codec(path)


def _mutate_weights(data: bytes, rng: random.Random) -> bytes:
    return mutated_safetensors(data, rng) if data[8:9] == b"{" else mutated_bytes(data, rng)


def _settings(folder: Path) -> list[Path]:
    text = "[folders]\nexport=/tmp\nfilm=/tmp\n"
    text += "[output]\ndevice=Speakers\nvolume_percent=70\n[window]\ngeometry=@ByteArray(abc)\n"
    return _apart(folder, {"settings.ini": text})


def _read_settings(path: Path) -> None:
    from app.files.settings import AppSettings

    settings = AppSettings(path)
    values: list[Any] = [settings.geometry, settings.volume_percent, settings.device_name]
    values += [settings.folder(kind) for kind in ("film", "export")]
    settings.save()


def _takes(folder: Path) -> list[Path]:
    import shutil

    from tests.engine.runtime.takes.take_rig import PATCH, Recording, noise

    recording = Recording(folder / "store")
    recording.play(noise(2 * PATCH))
    recording.seek(3 * PATCH)
    recording.play(noise(2 * PATCH, 1))
    take = recording.kept.folder
    recording.close()
    made = []
    for name in ("take.json", "journal.bin"):
        shutil.copytree(take, folder / name)
        made.append(folder / name / name)
    return made


def _read_take(path: Path) -> None:
    from engine.runtime.takes.folder import TakeFolder
    from engine.runtime.takes.store import _read as read
    from tests.engine.runtime.takes.take_rig import sound_of

    take = read(TakeFolder(path.parent))
    if take is not None:
        str(take)
        if take.heard_samples < 10_000_000:
            sound_of(path.parent)


def _mutate_take(data: bytes, rng: random.Random) -> bytes:
    if not data.startswith(b"SWT1"):
        return mutated_text(data, rng)
    mutant = bytearray(mutated_bytes(data, rng))
    size = data.find(b"SWT1", 4)
    for at in range(0, len(mutant) - size + 1, size):  # the checksum is no secret
        mutant[at + size - 4 : at + size] = zlib.crc32(mutant[at : at + size - 4]).to_bytes(4, "little")
    return bytes(mutant)


TARGETS = (
    Target("sounds", mutated_bytes, _sounds, _read_sound),
    Target("films", mutated_bytes, _films, _read_film),
    Target("direction paths", mutated_text, _paths, _read_path),
    Target("labels", mutated_text, _labels, _read_labels),
    Target("captions", mutated_text, _captions, _read_captions),
    Target("annotations", mutated_text, _annotations, _read_annotation),
    Target("manifests", mutated_text, _manifests, _read_manifest),
    Target("chat answers", mutated_text, _answers, _read_answer),
    Target("checkpoints", mutated_safetensors, _checkpoints, _load_checkpoint),
    Target("filters, scorer, tagger", mutated_safetensors, _tensor_files, _load_tensors),
    Target("foreign weights", _mutate_weights, _foreign_weights, _import_weights),
    Target("takes", _mutate_take, _takes, _read_take),
    Target("settings", mutated_text, _settings, _read_settings),
)
