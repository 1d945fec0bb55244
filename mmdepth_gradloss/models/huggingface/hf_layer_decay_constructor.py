from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from mmengine.optim import DefaultOptimWrapperConstructor
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import Tensor, nn

NOT_DECAYED = ('token', 'position', 'logit_scale')
"""Parts of names of tensors that are not weights of a linear map."""

# 'encoder.layer.3.' of ViT and DINOv2, 'beit.layers.3.'; with stages
# 'encoder.block.1.0.' of GLPN and 'encoder.layers.1.blocks.0.' of Swin
_BLOCK = re.compile(r'(?:layers?|blocks?)\.(\d+)\.(?:(?:blocks\.)?(\d+)\.)?')
_EMBEDDINGS = re.compile(r'(?:^|\.)embeddings\.')
_STAGE_BEGIN = re.compile(r'patch_embeddings\.(\d+)\.')
_STAGE_END = re.compile(r'layer_norm\.(\d+)\.')


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class HFLayerDecayConstructor(DefaultOptimWrapperConstructor):
    r"""Layer-wise learning rates of an :class:`HFDepthEstimator`.

    Neck, decoder and head have the optimizer's learning rate, and the L layers
    of the encoder

    .. math:: lr_i = lr \cdot decay^{L - i}, \quad i = 0, \dots, L - 1

    with i = -1 for the embeddings (Bao et al., "BEiT", ICLR 2022). Norms,
    biases, tokens and position embeddings have no weight decay.

    Use ``eta_min_ratio`` of schedulers instead of ``eta_min``, which would be
    the same for all layers.

    Args:
        optim_wrapper_cfg: See MMEngine; its optimizer must have an ``lr``.
        paramwise_cfg: ``layer_decay``, in (0, 1].

    Raises:
        ValueError: If ``paramwise_cfg`` has other keys, ``lr`` is missing, the
            model is not an :class:`HFDepthEstimator`, or no layers are
            recognised in its encoder.

    Examples:
        >>> optim_wrapper = dict(
        ...     optimizer=dict(type='AdamW', lr=1e-4, weight_decay=0.01),
        ...     constructor='HFLayerDecayConstructor',
        ...     paramwise_cfg=dict(layer_decay=0.9))
    """

    def _validate_cfg(self) -> None:
        decay = self.paramwise_cfg.get('layer_decay', 0)
        if set(self.paramwise_cfg) != {'layer_decay'} or not 0 < decay <= 1:
            raise ValueError('paramwise_cfg of HFLayerDecayConstructor must '
                             'be dict(layer_decay=...) with a number in '
                             f'(0, 1], got {self.paramwise_cfg}')
        if self.base_lr is None:
            raise ValueError('the optimizer must have an lr, got '
                             f'{self.optimizer_cfg}')

    def add_params(self, params: list[dict], module: nn.Module,
                   **kwargs) -> None:
        """Add a group for each layer, with and without weight decay.

        The head's groups come first, as their learning rate is logged. The
        other arguments belong to MMEngine's recursion, which is not used.
        """
        encoder = getattr(module, 'encoder', None)
        if not isinstance(encoder, nn.Module):
            raise ValueError('HFLayerDecayConstructor needs a model with an '
                             'encoder, such as HFDepthEstimator, got '
                             f'{type(module).__name__}')
        numbers = layer_numbers(name for name, _ in encoder.named_parameters())
        head = max(numbers.values(), default=0) + 1
        if head == 1:
            raise ValueError(
                'found no layers in the encoder '
                f'{type(encoder).__name__}: no names like layer.0 or block.0 '
                f'among {sorted(numbers)[:5]}...')
        number_of = {
            param: numbers[name]
            for name, param in encoder.named_parameters()
        }
        groups: dict[tuple[int, bool], list[Tensor]] = defaultdict(list)
        for name, param in module.named_parameters():
            if param.requires_grad:
                decayed = param.ndim > 1 and not any(
                    part in name for part in NOT_DECAYED)
                groups[number_of.get(param, head), decayed].append(param)

        for number, decayed in sorted(groups, reverse=True):
            factor = self.paramwise_cfg['layer_decay']**(head - number)
            group = dict(
                params=groups[number, decayed], lr=self.base_lr * factor)
            if not decayed:
                group['weight_decay'] = 0.0
            params.append(group)


def layer_numbers(names: Iterable[str]) -> dict[str, int]:
    """Number the layers of an encoder by the names of its parameters.

    0 are the embeddings, 1 is the first layer; all are 0 if there are no
    layers. Parameters between two stages or after the last layer belong to the
    layer before them.

    Examples:
        >>> layer_numbers(['embeddings.cls_token', 'encoder.layer.0.norm.bias',
        ...                'encoder.layer.1.norm.bias', 'layernorm.bias'])
        {'embeddings.cls_token': 0, 'encoder.layer.0.norm.bias': 1, \
'encoder.layer.1.norm.bias': 2, 'layernorm.bias': 2}
    """
    names = list(names)
    keys: dict[str, tuple[int, int]] = {}
    for name in names:
        match = _BLOCK.search(name)
        if match and not _EMBEDDINGS.search(name):
            keys[name] = int(match[1]), int(match[2] or -1)
    staged = any(block >= 0 for _, block in keys.values())
    blocks = sorted(
        {key for key in keys.values() if key[1] >= 0 or not staged})
    number = {key: i for i, key in enumerate(blocks, start=1)}
    end = {stage: number[stage, block] for stage, block in blocks}

    def number_of(name: str) -> int:
        if _EMBEDDINGS.search(name):
            return 0
        if name in keys:
            return number.get(keys[name], end.get(keys[name][0], 0))
        if match := _STAGE_BEGIN.search(name):
            return end.get(int(match[1]) - 1, 0)
        if match := _STAGE_END.search(name):
            return end.get(int(match[1]), len(blocks))
        return len(blocks)

    return {name: number_of(name) for name in names}
