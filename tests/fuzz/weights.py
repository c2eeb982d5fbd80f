"""Weights, ours and foreign ones."""

import random
from pathlib import Path

import numpy as np

from tests.fuzz.mutations import mutated_bytes, mutated_safetensors
from tests.fuzz.target import Target, noise


def _checkpoints(folder: Path) -> list[Path]:
    import shutil

    import torch

    from engine.model.codec.oobleck import OobleckFoaVae, OobleckSpec
    from engine.model.codec.xs import XsFoaVae
    from engine.model.conditioning.sound_vocabulary import SoundVocabulary
    from engine.model.generator.flow_solver import FittedSolver
    from engine.model.generator.generator import Generator
    from engine.model.specs import TINY, TINY_CODEC
    from engine.model.weights.checkpoint import (
        save_codec,
        save_few_step,
        save_generator,
        save_solvers,
        save_sound_vocabulary,
    )
    from engine.training.generator.student import student_of

    whole = folder / "whole"
    torch.manual_seed(0)
    generator = Generator(TINY)
    save_codec(whole / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(whole / "generator.safetensors", generator)
    save_few_step(whole, student_of(generator))
    times = torch.linspace(0.0, 1.0, 3)
    save_solvers(whole, {2: FittedSolver(times, torch.ones(2, 3, TINY.latent_dim))})
    embeddings = torch.nn.functional.normalize(torch.randn(2, TINY.text_dim), dim=1)
    save_sound_vocabulary(whole, SoundVocabulary(("dog", "rain"), embeddings, torch.zeros(2)))
    made = []
    for name in sorted(file.name for file in whole.iterdir()):
        shutil.copytree(whole, folder / name)
        made.append(folder / name / name)
    other = folder / "oobleck" / "codec.safetensors"
    save_codec(other, OobleckFoaVae(OobleckSpec(channels=2, multipliers=(1, 1, 2, 2, 2), latent_dim=8)))
    return [*made, other]


def _load_checkpoint(path: Path) -> None:
    from engine.model.weights.checkpoint import load_folder_codec, load_model

    load = load_model if (path.parent / "generator.safetensors").exists() else load_folder_codec
    load(path.parent)


def _tensor_files(folder: Path) -> list[Path]:
    import shutil
    from dataclasses import fields

    from safetensors.numpy import save_file

    from engine.ambisonics.binaural_file import SHIPPED_FILTERS
    from engine.evaluation.ranking.features import FEATURES
    from engine.evaluation.ranking.model import RankModel, save_rank_model

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
    from engine.ambisonics.binaural_file import load_filters
    from engine.evaluation.ranking.features import FEATURES
    from engine.evaluation.ranking.model import load_rank_model
    from engine.evaluation.taggers.yamnet import Yamnet

    match path.stem:
        case "filters":
            load_filters(path)
        case "rank":
            load_rank_model(path).strangeness(np.zeros(FEATURES))
        case _:
            Yamnet(path).mean_scores(noise(1, 16_000)[0], 16_000)


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


WEIGHTS = (
    Target("checkpoints", mutated_safetensors, _checkpoints, _load_checkpoint),
    Target("filters, scorer, tagger", mutated_safetensors, _tensor_files, _load_tensors),
    Target("foreign weights", _mutate_weights, _foreign_weights, _import_weights),
)
