from __future__ import annotations

from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement, PixelData
from torch import Tensor

from .depth_samples import Samples, check_ground_truth_size, resize_bilinear


class DepthEstimator(BaseModel):
    """A depth model with MMEngine's three modes.

    Data samples contain ``gt_depth_map`` and receive ``pred_depth_map``, both
    :class:`mmengine.structures.PixelData` with ``data`` (1, H, W) in metres.
    Their metainfo ``gradient_weight`` multiplies their contribution to
    gradient terms (:class:`SetGradientWeight`).

    Attributes:
        prediction (str, optional): What the model predicts, if it says so, see
            :mod:`~mmdepth_gradloss.losses.protocol`.
    """

    prediction: str | None = None

    def forward(
            self, inputs: Tensor, data_samples: Samples | None = None,
            mode: str = 'tensor') -> Tensor | dict[str, Tensor] | Samples:
        """Run the model in one of MMEngine's modes.

        Args:
            inputs: Preprocessed images, (N, 3, H, W).
            data_samples: One for each image.
            mode: 'tensor', 'loss' or 'predict'.

        Returns:
            Depth (N, 1, H, W) in metres, a dict of losses, or the data samples
            with ``pred_depth_map`` at the size of the ground truth, if any, or
            else of the image.

        Raises:
            ValueError: If the mode is unknown, a depth map is missing or does
                not match its image, or a gradient weight is out of range.
        """
        if mode == 'tensor':
            return self._predict(inputs, data_samples or [])
        if mode == 'loss':
            return self._losses(inputs, data_samples or [])
        if mode == 'predict':
            if data_samples is None:
                data_samples = [BaseDataElement() for _ in inputs]
            self._add_predictions(inputs, data_samples)
            return data_samples
        raise ValueError(f'unknown mode {mode!r}; known: loss, predict, '
                         'tensor')

    def _predict(self, inputs: Tensor, data_samples: Samples) -> Tensor:
        raise NotImplementedError

    def _losses(self, inputs: Tensor,
                data_samples: Samples) -> dict[str, Tensor]:
        raise NotImplementedError

    def _add_predictions(self, inputs: Tensor, data_samples: Samples) -> None:
        for sample, depth in zip(data_samples,
                                 self._predict(inputs, data_samples)):
            height, width = sample.get('img_shape', depth.shape[-2:])[:2]
            pred = depth[:, :height, :width]
            if 'gt_depth_map' in sample:
                size = sample.gt_depth_map.data.shape[-2:]
                check_ground_truth_size(sample, size, (height, width))
                pred = resize_bilinear(pred[None], size)[0]
            sample.pred_depth_map = PixelData(data=pred)
            # metrics check that they score the right quantity
            if self.prediction is not None:
                sample.set_metainfo(dict(prediction=self.prediction))
