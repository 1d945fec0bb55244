"""Running the command-line tools as a user does, and reading the results."""
import json
import os
import subprocess
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]


def run(tool, *arguments, options=(), expect=0):
    """Run a tool of this repository and return its output."""
    command = [sys.executable, str(ROOT / 'tools' / tool), *arguments]
    if options:
        command += ['--cfg-options', *options]
    return run_command(command, expect)


def run_command(command, expect=0):
    """Run any command in the repository and return its output."""
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300,
        env=dict(os.environ, OMP_NUM_THREADS='1', COLUMNS='120', PATH=path))
    output = result.stdout + result.stderr
    assert result.returncode == expect, output
    return output


def scalars(work_dir):
    """All logged training scalars of a work dir, by step."""
    logs = {}
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if 'loss' in entry:
                logs[entry['step']] = entry
    return logs


def table(output):
    """Metrics of the final table by name, as printed."""
    cells = [line.split('│') for line in output.splitlines() if '│' in line]
    return {cell[1].strip(): cell[2].strip() for cell in cells}


def assert_same_run(work_dir, expected, iteration):
    """Check that two runs logged the same losses and have the same weights."""
    logged, weights = [], []
    for folder in (work_dir, expected):
        logged.append({step: (entry['gradient_weight'], entry['loss'])
                       for step, entry in scalars(folder).items()})
        weights.append(torch.load(folder / f'iter_{iteration}.pth',
                                  weights_only=False)['state_dict'])
    assert logged[0] == logged[1] != {}
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[1][k], x) for k, x in weights[0].items())
