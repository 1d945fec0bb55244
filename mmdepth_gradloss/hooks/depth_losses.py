"""The depth losses inside a model."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from torch import Tensor, nn

from ..losses import MultiScaleGradientLoss, SSISilogLoss

DepthLoss = Union[MultiScaleGradientLoss, SSISilogLoss]


@dataclass
class GradientTerm:
    """A gradient loss inside a model.

    Attributes:
        name (str): Path of the module, for the log.
        loss (MultiScaleGradientLoss): The module.
        outer_weight (float): Weight of the loss that contains it.
    """
    name: str
    loss: MultiScaleGradientLoss
    outer_weight: float

    def contribution(self, weight: float | None = None) -> Tensor | float:
        """What the term adds to the total loss, now or under a weight.

        0 if the loss was not called, such as an auxiliary head's that is
        switched off.
        """
        weight = self.loss.loss_weight if weight is None else weight
        component = self.loss.components.get('gradient_component', 0.0)
        return self.outer_weight * weight * component


def find_depth_losses(
        model: nn.Module) -> tuple[dict[str, DepthLoss], list[GradientTerm]]:
    """Find the losses of this package inside a model.

    Args:
        model (nn.Module): Any model, wrapped for distribution or not.

    Returns:
        tuple: The losses by module path (a gradient loss that is part of a
        :class:`SSISilogLoss` is not listed beside it), and the gradient
        terms among them.
    """
    losses: dict[str, DepthLoss] = {}
    terms: list[GradientTerm] = []
    inner: set[nn.Module] = set()
    for name, module in model.named_modules():
        if isinstance(module, SSISilogLoss):
            losses[name] = module
            if module.gradient_loss is not None:
                inner.add(module.gradient_loss)
                terms.append(
                    GradientTerm(name, module.gradient_loss,
                                 module.loss_weight))
        elif (isinstance(module, MultiScaleGradientLoss)
              and module not in inner):
            losses[name] = module
            terms.append(GradientTerm(name, module, 1.0))
    return losses, terms
