"""Which MMEngine is installed: the original, or its maintained fork.

Both are imported as ``mmengine``, as are mmcv and mmsegmentation and their
forks. pip lays one over the other silently, so this package requires
neither, and what it advises to install has to match what is there.
"""
from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

ORIGINALS = ('mmengine', 'mmengine-lite')
FORK = 'onedl-mmengine'
OLDEST = '0.10.4'


def require_mmengine() -> None:
    """Make sure that an MMEngine can be imported.

    Raises:
        ImportError: If there is none, it is too old or misses a package; says
            what to install.
    """
    try:
        import mmengine.hooks
    except ModuleNotFoundError as error:
        if str(error.name).partition('.')[0] == 'mmengine':
            raise ImportError(
                'mmdepth_gradloss needs MMEngine, which is not installed. '
                "Install the original by\n    pip install "
                "'mmdepth-gradloss[lite]'\nor its maintained fork by\n    pip "
                "install 'mmdepth-gradloss[onedl]'\nnot both: they share a "
                'folder.') from error
        raise ImportError(
            f'MMEngine needs {error.name}, which is not installed; '
            'mmengine-lite leaves some packages to you: pip install packaging '
            'opencv-python-headless') from error
    from mmengine.utils import digit_version
    if digit_version(mmengine.__version__) < digit_version(OLDEST):
        raise ImportError(f'mmdepth_gradloss needs MMEngine {OLDEST} or later '
                          f'below 1.0, found {mmengine.__version__}')


def is_fork() -> bool:
    """Whether MMEngine is the maintained fork."""
    return _is_installed(FORK)


def install_command(extra: str) -> str:
    """How to install an extra without breaking the MMEngine that is there.

    Args:
        extra: 'lite' or 'mmseg', each of which brings other packages beside
            the fork.
    """
    if is_fork():
        extra = {'lite': 'onedl', 'mmseg': 'onedl-mmseg'}[extra]
    return f"pip install 'mmdepth-gradloss[{extra}]'"


def mixed_installation() -> str | None:
    """Warning of two MMEngines in one folder, None if there is one."""
    found = [name for name in (*ORIGINALS, FORK) if _is_installed(name)]
    if len(found) < 2:
        return None
    return (f'{" and ".join(found)} are installed over each other: they share '
            'the folder mmengine, so that either may be incomplete; uninstall '
            f'all of them (pip uninstall {" ".join(found)}), then install one')


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
