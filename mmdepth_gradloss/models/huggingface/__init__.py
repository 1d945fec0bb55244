"""Depth models of Hugging Face in MMEngine's training loop."""
from .hf_depth_estimator import HFDepthEstimator
from .hf_depth_preprocessor import HFDepthPreprocessor
from .hf_layer_decay_constructor import HFLayerDecayConstructor

__all__ = [
    'HFDepthEstimator', 'HFDepthPreprocessor', 'HFLayerDecayConstructor'
]
