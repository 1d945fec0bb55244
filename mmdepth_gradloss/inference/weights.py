"""Weights for a prediction: all of them, or none."""
from __future__ import annotations

from torch import nn
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

from ..runner.checkpoint import load_from_local


def load_weights(model: nn.Module, filename: str) -> None:
    """Load a checkpoint of MMEngine, or the bare weights, into a model.

    MMEngine leaves random what the file does not have, which in a prediction
    nobody would see.

    Args:
        model (nn.Module): Gets the weights.
        filename (str): Path on this machine. It is read by
            :func:`~mmdepth_gradloss.runner.checkpoint.load_from_local`.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is no checkpoint, could run code, lacks a weight of
            the model, or has one of another shape.
    """
    state = _read(filename)
    consume_prefix_in_state_dict_if_present(state, 'module.')
    name = type(model).__name__
    try:
        missing, _ = model.load_state_dict(state, strict=False)
    except RuntimeError as error:  # a line for each that has another shape
        first, *others = str(error).splitlines()[1:]
        raise ValueError(f'{filename} does not fit {name}: {first.strip()} '
                         f'({len(others)} more like this)') from error
    # a count that only training reads, and old files lack
    missing = [x for x in missing if not x.endswith('num_batches_tracked')]
    if missing:
        raise ValueError(
            f'{filename} lacks {len(missing)} of the '
            f'{len(model.state_dict())} weights of {name}, such as '
            f'{missing[0]}: is it of another network?')


def _read(filename: str) -> dict:
    checkpoint = load_from_local(filename, map_location='cpu')
    if not isinstance(checkpoint, dict):
        raise ValueError(f'{filename} is no checkpoint: it holds a '
                         f'{type(checkpoint).__name__}')
    return checkpoint.get('state_dict', checkpoint)
