"""Draw how the gain of the recommended loss depends on training length.

    python docs/images/make_length.py 500=SWEEP_FOLDER 1500=SWEEP_FOLDER ...

writes docs/images/length.png: change of boundary F1 and RMSE from the baseline
by number of iterations, with 95 % intervals, from the stored runs of sweeps.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmdepth_gradloss.sweep.report.results import load_sweep
from mmdepth_gradloss.sweep.report.statistics import paired_difference

OUT = Path(__file__).with_name('length.png')
METRICS = {'depth/boundary_f1': 'boundary F1', 'depth/rmse': 'RMSE'}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('sweeps', nargs='+', metavar='ITERATIONS=FOLDER')
    parser.add_argument('--variant', default='recommended')
    parser.add_argument('--out', type=Path, default=OUT)
    args = parser.parse_args()
    figure = Figure(figsize=(8, 2.8), layout='constrained')
    FigureCanvasAgg(figure)
    for axes, (metric, title) in zip(figure.subplots(1, 2), METRICS.items()):
        lengths, means, widths = [], [], []
        for entry in args.sweeps:
            iterations, folder = entry.split('=', 1)
            sweep = load_sweep(Path(folder))
            change = paired_difference(
                *(sweep.values(name, metric)
                  for name in (args.variant, sweep.baseline)))
            lengths.append(int(iterations))
            means.append(change.mean)
            widths.append(change.half_width())
            print(f'{iterations} iterations, {title}: {change.mean:+.1f} % '
                  f'+- {change.half_width():.1f}, {change.number} seeds')
        axes.errorbar(lengths, means, widths, marker='o', capsize=4)
        axes.axhline(0, color='grey', linewidth=1)
        axes.set(
            xscale='log',
            xlabel='iterations',
            ylabel=f'change of {title} (%)')
        axes.set_xticks(lengths, [str(x) for x in lengths])
        axes.minorticks_off()
    figure.savefig(args.out, dpi=110)


if __name__ == '__main__':
    main()
