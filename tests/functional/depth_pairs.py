"""Random depth maps, and the loss and gradient of a formula."""
import torch

from mmdepth_gradloss.functional.formula_loss import formula_loss


def depth_pair(*shape, density=0.7, seed=0):
    """Two maps from 0.5 to 5.5 m, and a mask of valid pixels."""
    generator = torch.Generator().manual_seed(seed)
    pred, target, noise = torch.rand(
        3, *shape, dtype=torch.float64, generator=generator)
    return pred * 5 + 0.5, target * 5 + 0.5, noise < density


def value_and_grad(pred, target, valid, formula, **kwargs):
    pred = pred.detach().requires_grad_()
    loss = formula_loss(pred, target, valid, formula, **kwargs)
    loss.backward()
    return loss.detach(), pred.grad
