"""What a distributed run without an accelerator is wrapped in."""
import pytest
import torch.distributed as dist
from mmengine.config import Config

from mmdepth_gradloss.runner import cpu_launcher


@pytest.mark.parametrize('unused', [True, False])
def test_unused_parameters_are_looked_for_if_the_config_says_so(
        monkeypatch, unused):
    backends = []
    monkeypatch.setattr(dist, 'init_process_group', backends.append)
    monkeypatch.setattr(cpu_launcher, 'get_device', lambda: 'cpu')
    cfg = Config(dict(launcher='pytorch'))
    if unused:
        cfg.find_unused_parameters = True
    cpu_launcher.prepare_cpu_launcher(cfg)
    assert backends == ['gloo']
    assert cfg.model_wrapper_cfg.find_unused_parameters == unused
