import pytest
import torch

from mmdepth_gradloss.models.resnet_san.san_fusion import SANFusion

CHANNELS = (4, 6)


def pyramids():
    return [[torch.randn(2, c, 8 // c, 5) for c in CHANNELS]
            for _ in range(2)]


@pytest.mark.parametrize('film_scales', [(), (0, ), (1, 0)])
def test_starts_as_a_sum(film_scales):
    rgb, depth = pyramids()
    fused = SANFusion(CHANNELS, film_scales)(rgb, depth)
    for result, x, d in zip(fused, rgb, depth):
        torch.testing.assert_close(result, x + d)


def test_formula():
    rgb, depth = pyramids()
    fusion = SANFusion(CHANNELS, film_scales=(1, ))
    fusion.weight.data = torch.tensor([0.5, 2.0])
    fusion.bias.data = torch.tensor([0.25, -1.0])
    fusion.film['1'].weight.data.normal_()
    plain, modulated = fusion(rgb, depth)
    torch.testing.assert_close(plain, 0.5 * rgb[0] + depth[0] + 0.25)
    film = torch.einsum('oc,nchw->nohw', fusion.film['1'].weight[..., 0, 0],
                        depth[1])
    gamma, beta = film[:, :6], film[:, 6:]
    torch.testing.assert_close(
        modulated, 2 * (rgb[1] * (1 + gamma) + beta) + depth[1] - 1)


def test_unknown_level_is_named():
    with pytest.raises(ValueError, match=r'\[0, 1\], got \[2\]'):
        SANFusion(CHANNELS, film_scales=(0, 2))
