from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.model import BaseModel, is_model_wrapper
from torch import Tensor, nn

from ..functional.compiling import is_compiling


@dataclass
class _Call:
    """A call of a loss, with its components and those of its terms. ``output``
    is kept until it is compared with the total; ``factor`` is d total / d
    output, None if not compared."""
    name: str
    components: dict[nn.Module, dict[str, Tensor]]
    output: Tensor | None
    factor: Tensor | None = None


class ComponentSums:
    """Components of losses, summed over the calls of an iteration.

    Each call is weighted by the factor of its value in the model's total loss,
    such as 1 / n where a head averages n calls, so that weight times component
    is its contribution. The factor is the derivative of the total; it is 1
    where that is not available: in a compiled model, and in one whose
    train_step does not call the model with ``mode='loss'``.

    Calls without gradients, and those repeated by activation checkpointing, do
    not count.
    """

    def __init__(self) -> None:
        self._names: dict[nn.Module, str] = {}
        self._calls: list[_Call] = []
        self._handles: list[Any] = []

    def watch(self, model: Any, losses: dict[str, Any]) -> None:
        """Start recording ``losses``, by name, of a possibly wrapped
        ``model``."""
        self._names = {loss: name for name, loss in losses.items()}
        self._handles = [
            loss.register_forward_hook(self._record)
            for loss in losses.values()
        ]
        model = model.module if is_model_wrapper(model) else model
        if isinstance(model, BaseModel):
            self._handles.append(
                model.register_forward_hook(self._compare, with_kwargs=True))

    def close(self) -> None:
        """Stop recording and forget all calls."""
        for handle in self._handles:
            handle.remove()
        self.clear()

    def clear(self) -> None:
        self._calls.clear()

    def was_called(self, module: nn.Module) -> bool:
        """Whether a loss, or that of a term's module, was called since the
        last :meth:`clear`."""
        return any(module in x.components for x in self._calls)

    def of(self, module: nn.Module) -> dict[str, Tensor]:
        """Summed components of a loss or a term's module since the last
        :meth:`clear`; empty if it was not called."""
        calls = [x for x in self._calls if module in x.components]
        # The others, if any, are repetitions during the backward pass.
        calls = [x for x in calls if x.factor is not None] or calls
        sums: dict[str, Any] = {}
        for call in calls:
            factor = 1.0 if call.factor is None else call.factor
            for key, value in call.components[module].items():
                if key.endswith('_component'):  # others are counts
                    value = factor * value
                sums[key] = sums.get(key, 0.0) + value
        return sums

    def _record(self, loss: Any, args: Any, output: Tensor) -> None:
        """Store a call; a forward hook that compilers trace."""
        if not output.requires_grad:
            return
        modules = [loss, *(term.module for term in loss.gradient_terms())]
        self._calls.append(
            _Call(self._names[loss], {x: dict(x.components) for x in modules},
                  None if is_compiling() else output))

    def _compare(self, model: Any, args: Any, kwargs: dict[str, Any],
                 output: Any) -> None:
        """Find the factors in the total; a forward hook of the model."""
        calls = [x for x in self._calls if x.output is not None]
        if not calls or kwargs.get('mode') != 'loss':
            return
        total, _ = model.parse_losses(output)
        outputs = [x.output for x in calls if x.output is not None]
        for call, factor in zip(calls, _derivatives(total, outputs)):
            if factor is None:
                raise RuntimeError(
                    f'{call.name} was computed, but is not part of the total '
                    f'loss of {type(model).__name__}, so it would not be '
                    "trained: MMEngine sums the entries with 'loss' in their "
                    f'key, of {list(output)}. Rename the entry, or call the '
                    'loss under torch.no_grad() to log it only')
            call.factor, call.output = factor, None


def _derivatives(total: Any, values: list[Tensor]) -> Sequence[Tensor | None]:
    """d total / d value of each; None if total does not depend on it."""
    # without any entry, the total is the int 0
    if not (isinstance(total, Tensor) and total.requires_grad):
        return [None] * len(values)
    return torch.autograd.grad(total, values, retain_graph=True,
                               allow_unused=True)
