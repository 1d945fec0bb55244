"""The interface between depth losses, heads and hooks.

Hooks, heads and :func:`~mmdepth_gradloss.add_gradient_loss` use these
attributes instead of class checks, so your own loss takes part if it has them.
It is a module that is called with prediction and ground truth, has
``loss_name`` (which contains 'loss') and ``loss_weight``, and one or both of:

``input_domain``
    What predictions it takes: ``'depth'`` in metres, ``'inverse'`` depth in
    1/m, or ``'relative_inverse'`` depth up to scale and shift.
``gradient_terms()``
    Its gradient terms, possibly none. Such a loss has ``components``, a dict
    of detached scalars of the last call: unweighted parts of the loss, named
    ``..._component``, and counts. It accepts ``weight=``, a factor for each
    image on the gradient terms.

A head, or any module that owns losses, declares what it predicts by an
attribute ``prediction`` with one of the same words.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from ..functional.lookup import lookup

DOMAIN_TEXTS = {
    'depth': 'depth in metres',
    'inverse': 'inverse depth in 1/m',
    'relative_inverse': 'inverse depth up to scale and shift',
    'relative_log': 'the logarithm of depth up to scale and shift',
}
"""Descriptions of what predictions can hold."""

_FITTING_LOSSES = {
    'depth':
    "a loss with input_domain='depth', such as "
    "SSISilogLoss(input_domain='depth')",
    'inverse':
    "a loss with input_domain='inverse', such as SSISilogLoss()",
    'relative_inverse':
    'a loss that aligns, such as ScaleShiftInvariantLoss() and '
    "MultiScaleGradientLoss(domain='inverse', alignment='median_mad')",
    'relative_log':
    "a loss such as MultiScaleGradientLoss(domain='log', "
    "alignment='median_mad')",
}

PREDICTIONS = {'VPDDepthHead': 'depth'}
"""What heads of other packages predict, by class name."""


@dataclass
class GradientTerm:
    """A gradient term of a loss.

    Attributes:
        module (nn.Module): Has ``loss_weight``, a plain attribute that can be
            set, and the unweighted value of its last call in
            ``components['gradient_component']``.
        outer (nn.Module, optional): The loss that contains it, if it has a
            ``loss_weight`` that multiplies the term too.
    """
    module: Any
    outer: Any = None

    @property
    def weight(self) -> float:
        """Weight of the term in its loss; can be set."""
        return self.module.loss_weight

    @weight.setter
    def weight(self, weight: float) -> None:
        self.module.loss_weight = weight

    def factor(self, weight: float | None = None) -> float:
        """Factor on its component in the total, now or with another weight."""
        weight = self.weight if weight is None else weight
        outer_weight = 1.0 if self.outer is None else self.outer.loss_weight
        return outer_weight * weight


def can_have_gradient_terms(loss: Any) -> bool:
    """Whether a loss, or a class of losses, has ``gradient_terms()``."""
    return callable(getattr(loss, 'gradient_terms', None))


def find_gradient_losses(
        model: nn.Module) -> tuple[dict[str, Any], dict[str, GradientTerm]]:
    """Find the losses inside a model that can have gradient terms.

    Returns:
        The losses by module path, without those that are a term of another
        loss, and their gradient terms by the path of the loss.
    """
    found = {
        name: module for name, module in model.named_modules()
        if can_have_gradient_terms(module)
    }
    # those that are part of another loss, wherever they are registered
    parts = {
        part for loss in found.values() for part in loss.modules()
        if part is not loss
    }
    losses = {k: v for k, v in found.items() if v not in parts}
    return losses, find_terms(losses)


def find_terms(losses: dict[str, Any]) -> dict[str, GradientTerm]:
    """Current gradient terms of losses, given by path.

    Returns:
        Terms by the path of their loss; further terms of a loss have ``.i``
        appended.
    """
    return {
        f'{name}.{i}' if i else name: term for name, loss in losses.items()
        for i, term in enumerate(loss.gradient_terms())
    }


def check_input_domains(model: nn.Module) -> None:
    """Check that the losses in a model take what its heads predict.

    Losses and heads without the attributes above are skipped.

    Raises:
        ValueError: Names the head, the loss and a loss that fits.
    """
    for module in model.modules():
        prediction = _prediction_of(module)
        if prediction is not None:
            for loss in _own_losses(module):
                check_input_domain(loss, prediction, type(module).__name__)


def check_input_domain(loss: Any, prediction: str, head: str) -> None:
    """Check that a loss takes what a head predicts; skipped without
    ``input_domain``.

    Raises:
        ValueError: If it does not match (names the head, the loss and one that
            fits), or the prediction is unknown; lists the known ones.
    """
    lookup('prediction', prediction, DOMAIN_TEXTS)
    domain = getattr(loss, 'input_domain', prediction)
    if domain != prediction:
        raise ValueError(
            f'{head} predicts {DOMAIN_TEXTS[prediction]}, but '
            f'{type(loss).__name__} takes {DOMAIN_TEXTS.get(domain, domain)} '
            f'(input_domain={domain!r}): use {_FITTING_LOSSES[prediction]}')


def _prediction_of(module: nn.Module) -> str | None:
    prediction = getattr(module, 'prediction', None)
    if isinstance(prediction, str) and prediction in DOMAIN_TEXTS:
        return prediction
    for kind in type(module).__mro__:
        if kind.__name__ in PREDICTIONS:
            return PREDICTIONS[kind.__name__]
    return None


def _own_losses(module: nn.Module) -> Iterator[nn.Module]:
    """Losses below a module, except those inside other losses or below a
    module with its own ``prediction``."""
    for child in module.children():
        if hasattr(child, 'input_domain'):
            yield child
        elif _prediction_of(child) is None:
            yield from _own_losses(child)
