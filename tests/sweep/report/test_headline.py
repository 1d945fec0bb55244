import pytest
from fake_sweep import F1, RMSE, write_sweep

from mmdepth_gradloss.sweep.report.headline import make_headline, rank_effects
from mmdepth_gradloss.sweep.report.results import load_sweep

# Seeds differ; small differences to the baseline do not.
BASELINE = [(.20, .80), (.24, .90), (.22, .84), (.21, .86)]


def shifted(f1, rmse, noise=0.001):
    return [(a + f1 + noise * (-1)**i, b + rmse - noise * (-1)**i)
            for i, (a, b) in enumerate(BASELINE)]


@pytest.fixture
def headline(tmp_path):

    def make(**variants):
        write_sweep(tmp_path, {'baseline': BASELINE, **variants})
        return make_headline(load_sweep(tmp_path), F1, RMSE)

    return make


@pytest.mark.parametrize('f1, rmse, noise, verdict, tone', [
    (.04, -.05, .001, 'Sharper edges and a smaller error', 'good'),
    (.04, .001, .001, 'Sharper edges; the error does not clearly', 'good'),
    (.04, .05, .001, 'Sharper edges, at the cost of a larger', 'neutral'),
    (.04, .02, .03, 'No clear effect', 'neutral'),
    (.004, -.004, .01, 'No clear effect', 'neutral'),
    (-.04, -.001, .002, 'Worse edges', 'bad'),
    (.02, -.02, .008, 'Sharper edges and a smaller error', 'good'),
    (.0, -.05, .001, 'A smaller error; edges do not clearly', 'good'),
    (.0, .05, .001, 'A larger error, and edges do not', 'bad'),
])
def test_verdict(headline, f1, rmse, noise, verdict, tone):
    result = headline(a=shifted(f1, rmse, noise))
    assert result.verdict.startswith(verdict)
    assert result.tone == tone


def test_figures(headline):
    result = headline(balanced=shifted(.04, -.05))
    # 0.04 of 0.2175 and 0.05 of 0.85; t 3.182, deviation 0.002 / sqrt 3.
    assert result.line == (
        'balanced: boundary F1 +18 % [+18 %, +19 %], RMSE −5.9 % '
        '[−6.1 %, −5.7 %] against baseline, 4 seeds')
    assert [tone for *_, tone in result.figures] == ['good', 'good']
    assert not any('best of' in note for note in result.notes)


def test_best_gains_most_among_those_that_keep_the_error(headline):
    result = headline(
        mild=shifted(.02, -.01),
        best=shifted(.04, .002, noise=.004),
        costly=shifted(.08, .06),
        noisy=shifted(.09, .06, noise=.2))
    assert result.line.startswith('best:')
    assert any('best of 4 variants' in note for note in result.notes)
    assert ('costly gains more in boundary F1 (+37 %), at a larger RMSE '
            '(+7.1 %).') in result.notes
    # Its gain may be chance.
    assert not any(note.startswith('noisy') for note in result.notes)


def test_a_gain_that_may_be_luck_among_many_variants(headline):
    # Clear of 0 by itself (t 3.182), but not as the best of ten (t 7.45).
    lucky = shifted(.02, -.02, noise=.008)
    others = {f'other{i}': shifted(0, 0) for i in range(9)}
    result = headline(lucky=lucky, **others)
    assert result.verdict == ('Sharper edges and a smaller error, perhaps by '
                              'chance')
    assert result.tone == 'neutral'
    assert any('best of 10 (Bonferroni)' in note for note in result.notes)


def test_what_is_left_of_a_broken_variant_is_no_headline(headline):
    broken = shifted(.08, -.06)
    broken[2] = (None, None)
    result = headline(
        fine=shifted(.02, -.01), broken=broken, lucky=shifted(.3, -.3)[:1])
    assert result.line.startswith('fine:')
    assert '1 run of broken without finite metrics: not in its means.' in (
        result.notes)


def test_one_seed(tmp_path):
    write_sweep(tmp_path, {'baseline': [(.2, .8)], 'a': [(.3, .6)]})
    result = make_headline(load_sweep(tmp_path), F1, RMSE)
    assert result.verdict.startswith('One seed') and result.tone == 'neutral'
    assert result.line == ('a: boundary F1 +50 %, RMSE −25 % against '
                           'baseline, 1 seed')
    assert 'One seed gives no interval.' in result.notes


@pytest.mark.parametrize('values, verdict', [
    ({'baseline': [None], 'a': [None]}, 'No run has finished yet'),
    ({'baseline': [(.2, 1)], 'a': [None]}, 'only baseline has finished'),
    ({'baseline': [None], 'a': [(.2, 1)]}, 'baseline has not finished'),
    ({'baseline': [(None, 1)], 'a': [(.2, 1)]}, 'no seed has both metrics'),
    ({'baseline': [(.2, 1), None], 'a': [None, (.2, 1)]}, 'no seed has both'),
])
def test_nothing_to_compare(tmp_path, values, verdict):
    sweep = load_sweep(write_sweep(tmp_path, values))
    result = make_headline(sweep, F1, RMSE)
    assert verdict in result.verdict
    assert result.tone == 'neutral' and not result.figures


def test_order_of_effects(tmp_path):
    write_sweep(
        tmp_path, {
            'baseline': BASELINE,
            'costly': shifted(.08, .06),
            'mild': shifted(.02, -.01),
            'best': shifted(.04, -.01)
        })
    ranked = rank_effects(load_sweep(tmp_path), F1, RMSE)
    assert [effect.variant for effect in ranked] == ['best', 'mild', 'costly']
