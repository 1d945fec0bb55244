from __future__ import annotations

from abc import abstractmethod

from mmengine.dataset import BaseDataset

from ._files import check_present
from ._sample_check import check_sample


class SplitDepthDataset(BaseDataset):
    """Images of a split file, each with one or two depth maps. All files are
    looked up when the data set is built."""

    SETTINGS: str
    """Arguments that select the depth maps, for error messages."""

    def load_data_list(self) -> list[dict]:
        """Find the files of each image, with the keys of ``LoadDepthMap``."""
        samples = self._find_samples()
        for key, kind in (('depth_map_path', 'depth maps'),
                          ('sparse_depth_map_path', 'sparse depth maps'),
                          ('depth_mask_path', 'masks')):
            # All images may share one mask.
            paths = dict.fromkeys(x[key] for x in samples if key in x)
            check_present(paths, f'{kind} of {self.ann_file} are missing')
        check_sample(
            self, samples,
            f'check {self.SETTINGS}: the depth maps are not those that '
            f'{type(self).__name__} describes')
        return samples

    @abstractmethod
    def _find_samples(self) -> list[dict]:
        """Paths, scales, depth type and camera of each image."""


def by_prefix(truth: str, sparse: str | None) -> dict[str, str]:
    """Kinds of depth map by the prefix of their keys in a sample."""
    return {'': truth} if sparse is None else {'': truth, 'sparse_': sparse}


def depth_map_keys(prefix: str, path: str, scale: float,
                   npz_key: str | None = None) -> dict:
    return {
        f'{prefix}depth_map_path': path,
        f'{prefix}depth_scale': scale,
        f'{prefix}npz_key': npz_key
    }
