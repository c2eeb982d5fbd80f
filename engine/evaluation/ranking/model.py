"""The trained part of the scorer: from sound to words, and the statistics of real clips. One small file.

Semantic: kernel ridge regression from the figures of a clip (features.py) to the leading components of the
sentence embeddings of its captions, on clips that stand for all (Nystroem: Williams and Seeger, NIPS 2000). The score
is how much more that is like the caption than like any other class: its cosine against a soft maximum of
the cosines of the classes that it does not mean. A linear regression finds the class of a held-out clip half as often,
and a plain cosine chooses worse takes (engine/training/LOG.md).
Fidelity: the distance of a clip's figures from those of real clips (Mahalanobis, in their leading components).
`engine/training/reward/train.py` fits it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from engine.contract.errors import CheckpointError
from engine.evaluation.ranking.features import FEATURES
from engine.files.staging import whole_file

Floats = NDArray[np.floating]

MOST_LANDMARKS: Final = 1000
_STABLE: Final = 1e-6
_TEMPERATURE: Final = 0.1
_SCALE: Final = 0.4
_MEANT_TOO: Final = 0.7
"""Classes with a larger cosine to a caption may be what it means: they do not count against it."""


@dataclass(frozen=True, eq=False)
class RankModel:
    """What was learned from clips of F figures and D-dimensional texts of K components.

    `centre`, `scale` (F,): figures to unit spread; `landmarks` (R, F): figures of the clips that stand for all, at unit
    spread; `weights` (R, K): from the likeness to them to the texts' components; `text_mean` (D,) and `text_basis`
    (D, K); `classes` (C, K): what C classes are called, of length one; `usual` (F, M): whitened components of what is
    real; `usual_distance` (2,): median and 95th percentile of the distance of real clips.
    """

    centre: Floats
    scale: Floats
    landmarks: Floats
    weights: Floats
    text_mean: Floats
    text_basis: Floats
    classes: Floats
    usual: Floats
    usual_distance: Floats

    def heard(self, figures: Floats) -> NDArray[np.float64]:
        """Return what is heard, (..., K) of length one, for figures (..., F)."""
        return _unit(_likeness((figures - self.centre) / self.scale, self.landmarks) @ self.weights)

    def meant(self, embedding: Floats) -> NDArray[np.float64]:
        """Return what is meant, (..., K) of length one, by sentence embeddings (..., D)."""
        return _unit((np.asarray(embedding, float) - self.text_mean) @ self.text_basis)

    def semantic(self, figures: Floats, embedding: Floats) -> float:
        """Return 0 to 1: how much more figures (F,) are what a sentence embedding (D,) means than any other class."""
        heard, meant = self.heard(figures), self.meant(embedding)
        others = self.classes[self.classes @ meant < _MEANT_TOO] @ heard
        likeliest_other = _TEMPERATURE * np.log(np.exp(others / _TEMPERATURE).sum() + _STABLE)
        return float(1.0 / (1.0 + np.exp((likeliest_other - heard @ meant) / _SCALE)))

    def strangeness(self, figures: Floats) -> float:
        """Return the distance of figures (F,) from real clips: 0 up to their median, 1 at their 95th percentile."""
        median, far = self.usual_distance
        distance = _distance((figures - self.centre) / self.scale, self.usual)
        return float(max(distance - median, 0.0) / (far - median))


def fit_rank_model(
    figures: Floats,
    embeddings: Floats,
    classes: Sequence[str],
    *,
    ridge: float = 1e-4,
    text_components: int = 96,
    usual_components: int = 32,
) -> RankModel:
    """Fit to the figures (N, F) of real clips, the sentence embeddings (N, D) of their captions and their N classes.

    `ridge` is against likenesses between 0 and 1.
    """
    figures, embeddings = np.asarray(figures, float), np.asarray(embeddings, float)
    centre, scale = figures.mean(axis=0), figures.std(axis=0) + 1e-3
    x = (figures - centre) / scale
    text_mean = embeddings.mean(axis=0)
    _, spread, axes = np.linalg.svd(embeddings - text_mean, full_matrices=False)
    # Less than full whitening: the leading components are what captions differ in, the last ones are chance.
    basis = axes[:text_components].T / np.sqrt(spread[:text_components] / spread[0])
    y = (embeddings - text_mean) @ basis
    landmarks = x[np.random.default_rng(0).permutation(len(x))[:MOST_LANDMARKS]]
    near, among = _likeness(x, landmarks), _likeness(landmarks, landmarks)
    kept = near.T @ near / len(x) + ridge * among + _STABLE * np.eye(len(landmarks))
    weights = np.linalg.solve(kept, near.T @ y / len(x))
    names = np.asarray(classes)
    called = _unit(np.stack([y[names == name].mean(axis=0) for name in np.unique(names)]))
    _, size, directions = np.linalg.svd(x, full_matrices=False)
    usual = directions[:usual_components].T / (size[:usual_components] / np.sqrt(len(x)))
    distances = np.array([_distance(row, usual) for row in x])
    quantiles = np.percentile(distances, [50.0, 95.0])
    return RankModel(centre, scale, landmarks, weights, text_mean, basis, called, usual, quantiles)


def save_rank_model(path: Path, model: RankModel) -> None:
    """Write the model as float32 safetensors, whole or not at all. Raises ExportError."""
    tensors = {f.name: np.ascontiguousarray(getattr(model, f.name), np.float32) for f in fields(RankModel)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as staged:
        staged.write_bytes(save(tensors))


def load_rank_model(path: Path) -> RankModel:
    """Load what `save_rank_model` wrote. Raises CheckpointError if it is missing, damaged or of another version."""
    try:
        tensors = load_file(path)
        model = RankModel(**{f.name: tensors[f.name].astype(float) for f in fields(RankModel)})
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing: 'train rank-fit' makes the scorer.") from None
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged or not a scorer: 'train rank-fit' makes it again.") from error
    arrays = vars(model)
    if not _fits({k: v.shape for k, v in arrays.items()}) or not all(np.isfinite(v).all() for v in arrays.values()):
        raise CheckpointError(f"{path} was made by another version: 'train rank-fit' makes it again.")
    return model


def _fits(shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Return whether the arrays of a model belong together."""
    sizes = {name: (*shape, 0, 0)[:2] for name, shape in shapes.items()}
    clips, (words, parts) = sizes["landmarks"][0], sizes["text_basis"]
    return shapes == {
        "centre": (FEATURES,),
        "scale": (FEATURES,),
        "landmarks": (clips, FEATURES),
        "weights": (clips, parts),
        "text_mean": (words,),
        "text_basis": (words, parts),
        "classes": (sizes["classes"][0], parts),
        "usual": (FEATURES, sizes["usual"][1]),
        "usual_distance": (2,),
    }


def _likeness(x: Floats, landmarks: Floats) -> NDArray[np.float64]:
    """Return exp(-d^2 / F), (..., R), of the distance d of standardised figures (..., F) from landmarks (R, F)."""
    apart = np.square(x).sum(axis=-1)[..., None] + np.square(landmarks).sum(axis=-1) - 2.0 * (x @ landmarks.T)
    return np.asarray(np.exp(-np.maximum(apart, 0.0) / landmarks.shape[-1]), float)


def _distance(x: Floats, usual: Floats) -> float:
    """Return the root mean square of the whitened components of standardised figures (F,)."""
    return float(np.sqrt(np.mean(np.square(x @ usual))))


def _unit(vectors: Floats) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), float)
