import pytest
from fake_sweep import F1, RMSE, write_sweep

from mmdepth_gradloss.sweep.report.effects import effect_lines, rank_effects
from mmdepth_gradloss.sweep.report.results import load_sweep

# Large spread over seeds, unlike the differences to the baseline.
BASELINE = [(.20, .80), (.24, .90), (.22, .84), (.21, .86)]


def shifted(f1, rmse, noise=0.001):
    return [(a + f1 + noise * (-1)**i, b + rmse - noise * (-1)**i)
            for i, (a, b) in enumerate(BASELINE)]


@pytest.fixture
def lines(tmp_path):
    """Lines of variants, best first."""

    def make(**variants):
        work_dir = write_sweep(tmp_path / str(len(variants)),
                               {'baseline': BASELINE, **variants})
        sweep = load_sweep(work_dir)
        effects = rank_effects(sweep, F1, RMSE)
        return [line.replace('\u00a0', ' ')
                for line in effect_lines(sweep, effects, F1, RMSE)]

    return make


@pytest.mark.parametrize('variant, line', [
    # 0.04 of 0.2175 and 0.05 of 0.85; t 3.182, deviation 0.002 / sqrt 3.
    (shifted(.04, -.05), 'boundary F1 +18 % [+18 %, +19 %], '
     'RMSE −5.9 % [−6.1 %, −5.7 %] (4 seeds)'),
    # −0.02, −0.06 and −0.02 of 0.22; t 4.303, deviation 0.04 / sqrt 3.
    (shifted(-.04, .001, .02)[:3], 'boundary F1 within chance '
     '[−41 %, +11 %], RMSE within chance [−7.4 %, +6.1 %] (3 seeds)'),
    (shifted(.04, -.05)[:1], 'boundary F1 +20 %, RMSE −6.4 % (1 seed)'),
    # 0.1 and 0.09 of 0.205; t 12.706, deviation 0.01 / sqrt 2.
    ([(.3, .8), (None, .9), None, (.3, .8)], 'boundary F1 +46 % '
     '[+15 %, +77 %], RMSE within chance [−12 %, +7.7 %] '
     '(2 seeds; 1 run without finite metrics left out)'),
])
def test_line(lines, variant, line):
    assert lines(a=variant) == [f'a: {line}']


def test_variant_without_finite_metrics_is_not_left_out(lines):
    good, bad = lines(bad=[(None, None)] * 2, absent=[None] * 2,
                      good=shifted(.04, -.05))
    assert good.startswith('good: boundary F1 +18 %')
    assert bad == (f'bad: no seed has a finite {F1} and {RMSE}, here and in '
                   'baseline')


def test_a_gain_that_may_be_luck_among_many_variants(lines):
    # Significant on its own (t 3.182), but not as the best of ten (t 7.45).
    lucky = shifted(.02, -.02, noise=.008)
    assert 'chance' not in lines(lucky=lucky)[0]
    others = {f'other{i}': shifted(0, 0) for i in range(9)}
    assert lines(lucky=lucky, **others)[0] == (
        'lucky: boundary F1 +9.2 % [+2.4 %, +16 %] perhaps by chance, '
        'RMSE −2.4 % [−4.1 %, −0.6 %] perhaps by chance (4 seeds)')


def test_best_gains_most_among_those_that_keep_the_error(lines):
    found = lines(
        costly=shifted(.08, .06), noisy=shifted(.09, .06, noise=.2),
        mild=shifted(.02, -.01), best=shifted(.04, .002, noise=.004))
    assert [line.split(':')[0] for line in found] == [
        'best', 'mild', 'noisy', 'costly']


def test_what_is_left_of_a_broken_variant_is_not_the_best(lines):
    broken = shifted(.08, -.06)
    broken[2] = (None, None)
    found = lines(
        fine=shifted(.02, -.01), broken=broken, lucky=shifted(.3, -.3)[:1])
    assert found[0].startswith('fine')
    assert '(3 seeds; 1 run without finite metrics left out)' in found[2]
