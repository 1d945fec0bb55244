# unet-small_rooms-192x128_recommended.py in MMEngine's pure Python style,
# which editors and type checkers understand.
from mmengine.config import read_base
from mmengine.optim import OptimWrapper
from torch.optim import Adam

with read_base():
    from .._base_.datasets.synthetic_192x128 import *
    from .._base_.default_runtime import *
    from .._base_.depth_evaluation import *
    from .._base_.gradient_loss.recommended import *
    from .._base_.models.unet_small import *
    from .._base_.schedules.schedule_400 import *

model.decode_head.loss = gradient_loss
default_hooks.gradient_loss = gradient_hook
optim_wrapper.update(type=OptimWrapper)
optim_wrapper.optimizer.update(type=Adam)
