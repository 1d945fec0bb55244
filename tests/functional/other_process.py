"""Simulate a second process that shares the batch."""
import torch.distributed as dist


class OtherProcess:
    """Simulated process, whose counts are added to those of this one."""

    def __init__(self, monkeypatch):
        self.seen = []
        self.others = 0.0
        monkeypatch.setattr(dist, 'get_world_size', lambda: 2)
        monkeypatch.setattr(dist, 'all_reduce', self._add_up)

    def _add_up(self, counts):
        self.seen.append(counts.clone())
        counts += self.others
