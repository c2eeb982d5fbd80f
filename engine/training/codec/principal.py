"""The initial state of the XS codec: its linear maps as principal components of the encoder's input."""

import torch
from torch import Tensor

from engine.model.codec.xs import XsFoaVae
from engine.model.codec.xs_frames import FRAMES_PER_LATENT, loudness

# The perceptual cost of an error of one unit of each kind of feature: level, envelope, ratio, residual.
_WEIGHTS = (1.0, 2.0, 0.6, 0.1)
_RIDGE = 1e-4


@torch.no_grad()
def start_at_principal_components(model: XsFoaVae, foa: Tensor) -> None:
    """Set `linear_in` and `linear_out` from AmbiX (B, 4, 480 T + 1440), T a multiple of four.

    Codes get zero mean and unit variance. The way back is a least-squares fit, not the transpose: features of
    directions are weighted by loudness, what the decoder predicts is not.
    """
    spectra = model.analysis.spectra(foa)
    bands = model.analysis.spatial_bands(spectra)
    features = stack(model.features(foa, spectra, bands))
    weight = torch.cat([torch.full((width,), w) for width, w in zip(model.widths, _WEIGHTS, strict=True)])
    weight = weight.repeat(FRAMES_PER_LATENT).double()
    given = model.given(foa, spectra, bands).flatten(0, 1).double()
    ones = torch.ones(len(features), 1, dtype=torch.float64)
    # The content of the given codes is removed, so that no component repeats it.
    known = torch.cat([given, ones], dim=1)
    mean = torch.linalg.lstsq(known, features).solution
    left = features - known @ mean
    values, vectors = torch.linalg.eigh(torch.cov((weight * left).T))
    learned = len(model.linear_in.bias)
    axes = vectors.flip(1)[:, :learned] / values.flip(0)[:learned].clamp(min=1e-12).sqrt()
    matrix = weight[:, None] * axes
    model.linear_in.weight.copy_(torch.cat([matrix, -mean[:-1] @ matrix]).T)
    model.linear_in.bias.copy_(-mean[-1] @ matrix)

    heard = features_heard(model, bands.energy)
    plain = torch.where(heard > 0.05, features / heard, torch.zeros_like(features))
    codes = torch.cat([given, left @ matrix, ones], dim=1)
    # Silent bands say nothing about directions; columns that are heard alike share their normal equations.
    for importance, columns in alike_columns(heard.square()):
        normal = codes.T @ (importance[:, None] * codes)
        normal += _RIDGE * len(codes) * torch.eye(len(normal), dtype=torch.float64)
        solution = torch.linalg.solve(normal, codes.T @ (importance[:, None] * plain[:, columns])).float()
        model.linear_out.weight[columns] = solution[:-1].T
        model.linear_out.bias[columns] = solution[-1]


def stack(frames: Tensor) -> Tensor:
    """Return (rows, 4 F), four frames per row in double precision, of (B, T, F)."""
    of_latents: Tensor = frames.unflatten(1, (-1, FRAMES_PER_LATENT))
    return of_latents.flatten(2).flatten(0, 1).double()


def alike_columns(values: Tensor) -> list[tuple[Tensor, list[int]]]:
    """Return the distinct columns of values (rows, F), and the index of each in them."""
    places: dict[bytes, list[int]] = {}
    for column in range(values.shape[1]):
        places.setdefault(values[:, column].numpy(force=True).tobytes(), []).append(column)
    return [(values[:, columns[0]], columns) for columns in places.values()]


def features_heard(model: XsFoaVae, energy: Tensor) -> Tensor:
    """Return the factor (rows, 4 F) that `features` put on each feature, from bands' energy (B, T, K)."""
    heard = loudness(energy).repeat(1, 1, 6)
    ones = heard.new_ones(*heard.shape[:2], model.widths[0] + model.widths[1])
    return stack(torch.cat([ones, heard], dim=-1))
