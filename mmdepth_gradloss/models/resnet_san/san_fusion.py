from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class SANFusion(nn.Module):
    r"""Add sparse depth features to RGB features, as in PackNet-SAN.

    .. math:: w_i \, \mathrm{rgb}_i + \mathrm{depth}_i + b_i

    with one weight and one bias for each level, initially 1 and 0 (Guizilini
    et al., CVPR 2021). At ``film_scales`` the depth features first modulate
    the RGB features (FiLM: Perez et al., AAAI 2018):
    :math:`\mathrm{rgb}_i (1 + \gamma) + \beta`, where :math:`\gamma` and
    :math:`\beta` are 1x1 convolutions of the depth features, 0 initially and
    wherever nothing is measured. ``channels`` are those of each level, finest
    first.
    """

    def __init__(self, channels: Sequence[int],
                 film_scales: Sequence[int] = ()) -> None:
        super().__init__()
        levels = range(len(channels))
        unknown = [scale for scale in film_scales if scale not in levels]
        if unknown:
            raise ValueError(f'film_scales must be in {list(levels)}, got '
                             f'{unknown}')
        self.weight = nn.Parameter(torch.ones(len(channels)))
        self.bias = nn.Parameter(torch.zeros(len(channels)))
        self.film = nn.ModuleDict({
            str(i): nn.Conv2d(channels[i], 2 * channels[i], 1, bias=False)
            for i in film_scales
        })
        for film in self.film.values():
            nn.init.zeros_(film.weight)  # type: ignore[arg-type]

    def forward(self, rgb_features: Sequence[Tensor],
                depth_features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Fuse two pyramids whose level i is (N, channels[i], H_i, W_i)."""
        fused = []
        for i, (rgb, depth) in enumerate(zip(rgb_features, depth_features)):
            if str(i) in self.film:
                gamma, beta = self.film[str(i)](depth).chunk(2, dim=1)
                rgb = rgb * (1 + gamma) + beta
            fused.append(self.weight[i] * rgb + depth + self.bias[i])
        return tuple(fused)
