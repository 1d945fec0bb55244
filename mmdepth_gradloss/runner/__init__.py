"""Shared code of the command-line tools."""
from .arguments import (add_config_arguments, add_data_root_argument,
                        add_runner_arguments, add_trust_argument, not_a_config,
                        positive)
from .checkpoint import (check_checkpoint, check_weights_fit, last_checkpoint,
                         partial_load, read_weights, trust_checkpoints)
from .config_checks import check_epochs_end
from .config_reading import load_config, read_config
from .data_root import set_data_root
from .depth_range_hook import DepthRangeHook
from .kept_warnings import keep_warnings
from .process import prepare_process, print_once
from .replay_data_hook import ReplayDataHook
from .resume import prepare_resume
from .shared_images_hook import SharedImagesHook
from .summary import last_metrics, print_run_summary
