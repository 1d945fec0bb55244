"""The installed MMEngine: the original, or its maintained fork.

Both are imported as ``mmengine``; the same holds for mmcv and mmsegmentation.
pip silently installs one over the other, so this package requires neither, and
installation advice depends on which one is installed.
"""
from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

ORIGINALS = ('mmengine', 'mmengine-lite')
FORK = 'onedl-mmengine'
OLDEST = '0.10.4'


def require_mmengine() -> None:
    """ImportError that says what to install if MMEngine cannot be imported, is
    too old or lacks a package."""
    try:
        import mmengine.hooks
    except ModuleNotFoundError as error:
        if str(error.name).partition('.')[0] == 'mmengine':
            raise ImportError(
                'mmdepth_gradloss needs MMEngine, which is not installed. '
                "Install the original with\n    pip install "
                "'mmdepth-gradloss[lite]'\nor its maintained fork with\n    "
                "pip install 'mmdepth-gradloss[onedl]'\nbut not both: they "
                'share a folder.') from error
        raise ImportError(
            f'MMEngine needs {error.name}, which is not installed; '
            'mmengine-lite does not install all packages: pip install '
            'packaging opencv-python-headless') from error
    from mmengine.utils import digit_version
    if digit_version(mmengine.__version__) < digit_version(OLDEST):
        raise ImportError(f'mmdepth_gradloss needs MMEngine {OLDEST} or later '
                          f'below 1.0, found {mmengine.__version__}')


def is_fork() -> bool:
    return _is_installed(FORK)


def install_command(extra: str) -> str:
    """Command to install an extra without breaking the installed MMEngine.

    ``extra`` is 'lite' or 'mmseg', which have different packages for the fork.
    """
    if is_fork():
        extra = {'lite': 'onedl', 'mmseg': 'onedl-mmseg'}[extra]
    return f"pip install 'mmdepth-gradloss[{extra}]'"


def mixed_installation() -> str | None:
    """Warning if two MMEngines share a folder, else None."""
    found = [name for name in (*ORIGINALS, FORK) if _is_installed(name)]
    if len(found) < 2:
        return None
    return (f'{" and ".join(found)} are installed over each other: they share '
            'the folder mmengine, so either may be incomplete; uninstall '
            f'all of them (pip uninstall {" ".join(found)}), then install one')


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
