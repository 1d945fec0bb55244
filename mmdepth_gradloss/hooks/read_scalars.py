from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import torch
from torch import Tensor

Key = TypeVar('Key', bound=Hashable)


def read_scalars(scalars: Mapping[Key, Tensor]) -> dict[Key, float]:
    """Values of scalar tensors on one device, with a single synchronisation.

    Examples:
        >>> read_scalars({'a': torch.tensor(1.0), 'b': torch.tensor([2.0])})
        {'a': 1.0, 'b': 2.0}
    """
    if not scalars:
        return {}
    values = torch.cat([x.detach().reshape(1) for x in scalars.values()])
    return dict(zip(scalars, values.tolist()))
