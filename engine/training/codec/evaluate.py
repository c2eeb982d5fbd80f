"""Measure the XS codec on held-out scenes against the PCA baseline; export its weights first on request."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.contract.errors import InvalidInputError
from engine.evaluation.measures.codec_metrics import doa_shift_deg, fit_pca_baseline, log_mel_db
from engine.evaluation.measures.round_trip import round_trip
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.weights.checkpoint import load_folder_codec
from engine.scenes.store import SceneStore
from engine.training.codec.agreement import class_agreement
from engine.training.codec.export import export
from engine.training.codec.recordings import read_recordings, recording_figures
from engine.training.loop.options import StageParser
from engine.training.pool.scene_sound import scene_foa

PCA_DIMS = (1, 4, 16, 32, 64)


def main(argv: list[str]) -> None:
    """Run `train codec-eval`."""
    parser = StageParser(prog="train codec-eval", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument(
        "--checkpoint", type=Path, help="measure a finished checkpoint folder instead of the training run"
    )
    parser.add_argument("--export", type=Path, help="write codec.safetensors into this folder first and measure that")
    parser.add_argument("--yamnet", type=Path, help="YAMNet's weights: also compare the classes that it detects")
    parser.add_argument("--data", type=Path, help="the folder with sounds.tsv, for --yamnet")
    parser.add_argument("--recordings", type=Path, help="a folder with foa.tsv: real first-order recordings too")
    parser.add_argument("--scenes", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    if (args.yamnet is None) != (args.data is None):
        raise InvalidInputError("Comparing classes needs both --yamnet and --data: specify both or none.")
    torch.set_num_threads(args.threads)
    store, held_out = SceneStore(args.runs / "scenes"), SceneStore(args.runs / "scenes-held-out")
    folder = args.checkpoint
    if folder is None:
        folder = args.export or args.runs / "codec" / "export"
        export(args.runs, folder, store)
    codec = load_folder_codec(folder)
    print(json.dumps(measure(codec, store, held_out, args.scenes), indent=1))
    if args.recordings is not None:
        figures = recording_figures(codec, read_recordings(args.recordings))
        print(f"Real recordings: {json.dumps({k: round(v, 3) for k, v in figures.items()})}")
    if args.yamnet is not None:
        before, after = class_agreement(codec, args.data, args.runs / "cache", args.yamnet)
        print(f"Real clips as they are:\n{before.format()}\nAfter the codec:\n{after.format()}")


@torch.no_grad()
def measure(codec: AnyFoaVae, store: SceneStore, held_out: SceneStore, count: int) -> dict[str, object]:
    """Return the held-out figures; distances in dB, shifts in degrees."""
    training = torch.cat([log_mel_db(scene_foa(store, i)[0, 0]) for i in range(0, len(store.scenes), 12)])
    baseline = fit_pca_baseline(training)
    rows: dict[str, dict[str, list[float]]] = {"one": {}, "several": {}}
    latents = []
    for index in range(min(count, len(held_out.scenes))):
        foa = scene_foa(held_out, index)
        rebuilt = round_trip(codec, foa)
        latents.append(codec.encode(foa)[0])
        kind = rows["one" if len(held_out.scenes[index].classes) <= 1 else "several"]
        there, here = log_mel_db(foa[0]), log_mel_db(rebuilt[0])
        kind.setdefault("log_mel_w_db", []).append(float((there[0] - here[0]).abs().mean()))
        kind.setdefault("log_mel_all_db", []).append(float((there - here).abs().mean()))
        kind.setdefault("level_db", []).append(abs(level_db(foa) - level_db(rebuilt)))
        if held_out.scenes[index].placed:
            kind.setdefault("doa_shift_deg", []).extend(doa_shift_deg(foa[0], rebuilt[0]).tolist())
        for dims in PCA_DIMS:
            kind.setdefault(f"pca_{dims}_db", []).append(baseline.distance(there[0], dims))
    result: dict[str, object] = {}
    for name, values in rows.items():
        result[name] = {
            k: round(float(np.median(v) if k == "doa_shift_deg" else np.mean(v)), 3) for k, v in values.items()
        }
    spectrum = torch.linalg.eigvalsh(torch.cov(torch.cat(latents).T)).flip(0)
    result["latent_dims_for_95_percent"] = int((spectrum.cumsum(0) < 0.95 * spectrum.sum()).sum()) + 1
    return result


def level_db(foa: Tensor) -> float:
    """Return W's level in dB."""
    return float(10 * torch.log10(foa[:, 0].square().mean() + 1e-10))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
