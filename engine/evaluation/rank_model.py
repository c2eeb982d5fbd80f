"""What the scorer has learned from training scenes: sound to words, and what real clips are like. One small file.

Semantic: ridge regression from the figures of a clip (rank_features.py) to the leading components of the sentence
embeddings of its captions; the score is the cosine between that and a caption's own, less what all captions share.
Fidelity: the distance of a clip's figures from those of real clips (Mahalanobis, in their leading components).
`engine/training/rank_fit.py` fits it.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from engine.contract.errors import CheckpointError
from engine.evaluation.rank_features import FEATURES

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class RankModel:
    """F figures, K components of D-dimensional texts, M components of what is real.

    `centre`, `scale` (F,): figures to unit spread; `weights` (F, K): to the texts' components;
    `text_mean` (D,) and `text_basis` (D, K); `usual` (F, M): whitened components; `usual_distance` (2,): median and
    95th percentile of the distance of real clips.
    """

    centre: Floats
    scale: Floats
    weights: Floats
    text_mean: Floats
    text_basis: Floats
    usual: Floats
    usual_distance: Floats

    def heard(self, figures: Floats) -> NDArray[np.float64]:
        """Return what is heard, (..., K) of length one, for figures (..., F)."""
        return _unit((figures - self.centre) / self.scale @ self.weights)

    def meant(self, embedding: Floats) -> NDArray[np.float64]:
        """Return what is meant, (..., K) of length one, by sentence embeddings (..., D)."""
        return _unit((np.asarray(embedding, float) - self.text_mean) @ self.text_basis)

    def semantic(self, figures: Floats, embedding: Floats) -> float:
        """Return 0 (opposite) to 1 (the same) for figures (F,) and a sentence embedding (D,)."""
        return float(0.5 + 0.5 * self.heard(figures) @ self.meant(embedding))

    def strangeness(self, figures: Floats) -> float:
        """Return the distance of figures (F,) from real clips: 0 up to their median, 1 at their 95th percentile."""
        median, far = self.usual_distance
        distance = _distance((figures - self.centre) / self.scale, self.usual)
        return float(max(distance - median, 0.0) / (far - median))


def fit_rank_model(
    figures: Floats, embeddings: Floats, *, ridge: float = 0.75, text_components: int = 48, usual_components: int = 32
) -> RankModel:
    """Fit to the figures (N, F) of real clips and the sentence embeddings (N, D) of their captions.

    `ridge` is against figures of unit variance.
    """
    figures, embeddings = np.asarray(figures, float), np.asarray(embeddings, float)
    centre, scale = figures.mean(axis=0), figures.std(axis=0) + 1e-3
    x = (figures - centre) / scale
    text_mean = embeddings.mean(axis=0)
    _, spread, axes = np.linalg.svd(embeddings - text_mean, full_matrices=False)
    # Less than full whitening: the leading components are what captions differ in, the last ones are chance.
    basis = axes[:text_components].T / np.sqrt(spread[:text_components] / spread[0])
    y = (embeddings - text_mean) @ basis
    weights = np.linalg.solve(x.T @ x / len(x) + ridge * np.eye(x.shape[1]), x.T @ y / len(x))
    _, size, directions = np.linalg.svd(x, full_matrices=False)
    usual = directions[:usual_components].T / (size[:usual_components] / np.sqrt(len(x)))
    distances = np.array([_distance(row, usual) for row in x])
    quantiles = np.percentile(distances, [50.0, 95.0])
    return RankModel(centre, scale, weights, text_mean, basis, usual, quantiles)


def save_rank_model(path: Path, model: RankModel) -> None:
    """Write the model as float32 safetensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {f.name: np.ascontiguousarray(getattr(model, f.name), np.float32) for f in fields(RankModel)}
    save_file(tensors, path)


def load_rank_model(path: Path) -> RankModel:
    """Load what `save_rank_model` wrote. Raises CheckpointError where it is missing, damaged or of another version."""
    try:
        tensors = load_file(path)
        model = RankModel(**{f.name: tensors[f.name].astype(float) for f in fields(RankModel)})
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing: 'train rank-fit' makes the scorer.") from None
    except (OSError, SafetensorError, KeyError) as error:
        raise CheckpointError(f"{path} is damaged or not a scorer: 'train rank-fit' makes it again.") from error
    if model.centre.shape != (FEATURES,) or not all(np.isfinite(v).all() for v in vars(model).values()):
        raise CheckpointError(f"{path} was made by another version: 'train rank-fit' makes it again.")
    return model


def _distance(x: Floats, usual: Floats) -> float:
    """Return the root mean square of the whitened components of standardised figures (F,)."""
    return float(np.sqrt(np.mean(np.square(x @ usual))))


def _unit(vectors: Floats) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), float)
