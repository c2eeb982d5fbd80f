"""The codec learns, and its export knows which latents are heard most."""

import torch

from engine.model.codec.analysis import HOP
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.training.codec.export import audibility
from engine.training.codec.loss import CodecLoss
from engine.training.codec.train import train_step


def test_the_codec_loss_goes_down() -> None:
    torch.manual_seed(0)
    model, loss_of = XsFoaVae(TINY_CODEC), CodecLoss()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    w = 0.05 * torch.randn(2, 1, 16 * 4 * HOP + model.delay_samples)
    foa = torch.cat([w, 0.8 * w, 0 * w, 0.6 * w], dim=1)
    losses = []
    for _ in range(30):
        values = train_step(model, loss_of, foa)
        optimiser.zero_grad()
        values.total.backward()
        optimiser.step()
        losses.append(values.total.item())
    assert losses[-1] < 0.7 * losses[0]


def test_what_moves_the_level_most_is_heard_most() -> None:
    torch.manual_seed(0)
    codec = XsFoaVae(TINY_CODEC).eval().requires_grad_(False)
    codec.linear_out.weight.zero_()
    codec.linear_out.weight[:, 3] = 0.5
    codec.linear_out.weight[:, 5] = 0.1
    heard = audibility(codec, torch.randn(50, TINY_CODEC.latent_dim), torch.ones(TINY_CODEC.latent_dim))
    learned = heard[TINY_CODEC.direction_codes :]
    assert learned.argsort(descending=True)[:2].tolist() == [0, 2]
    assert (heard[: TINY_CODEC.direction_codes] > 1.0).all()
    assert float(heard[3] / heard[5]) > 4.0
