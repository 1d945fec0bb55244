from __future__ import annotations

from types import ModuleType


def import_transformers() -> ModuleType:
    """The package, or an ImportError with the command to install it."""
    try:
        import transformers
    except ImportError as error:
        raise ImportError(
            "models of Hugging Face need the package 'transformers': pip "
            "install 'mmdepth-gradloss[hf]'") from error
    return transformers
