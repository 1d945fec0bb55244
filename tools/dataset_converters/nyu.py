"""Convert the labelled part of NYU Depth v2 to image files."""
from __future__ import annotations

import argparse

from mmdepth_gradloss.datasets.converters.nyu_labelled import \
    convert_nyu_labelled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('mat_file', help='nyu_depth_v2_labeled.mat')
    parser.add_argument('splits_file', help='splits.mat')
    parser.add_argument(
        'out_dir',
        help='output: images/{train,test} and annotations/{train,test}')
    parser.add_argument('--img-suffix', default='.jpg',
                        choices=['.jpg', '.png'])
    args = parser.parse_args()
    counts = convert_nyu_labelled(args.mat_file, args.splits_file,
                                  args.out_dir, args.img_suffix)
    for split, number in counts.items():
        print(f'{args.out_dir}: {number} images for {split}')


if __name__ == '__main__':
    main()
