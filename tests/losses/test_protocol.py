"""The protocol of losses and heads."""
import pytest
import torch
from torch import nn

from mmdepth_gradloss.losses import (MultiScaleGradientLoss,
                                     ScaleShiftInvariantLoss, SSISilogLoss)
from mmdepth_gradloss.losses.protocol import (DOMAIN_TEXTS, GradientTerm,
                                              can_have_gradient_terms,
                                              check_input_domain,
                                              check_input_domains,
                                              find_gradient_losses)

ALIGNED = dict(domain='inverse', alignment='median_mad')
ALIGNED_LOG = dict(domain='log', alignment='median_mad')


@pytest.mark.parametrize('loss,domain', [
    (MultiScaleGradientLoss(), 'depth'),
    (MultiScaleGradientLoss(preset='valid_mean'), 'depth'),
    (MultiScaleGradientLoss(preset='depth_pro'), 'depth'),
    (MultiScaleGradientLoss(alignment='least_squares'), 'depth'),
    (MultiScaleGradientLoss(**ALIGNED_LOG), 'relative_log'),
    (MultiScaleGradientLoss(**ALIGNED), 'relative_inverse'),
    (ScaleShiftInvariantLoss(), 'relative_inverse'),
    (SSISilogLoss(), 'inverse'),
    (SSISilogLoss(input_domain='depth'), 'depth'),
])
def test_input_domain(loss, domain):
    assert loss.input_domain == domain
    assert domain in DOMAIN_TEXTS


def test_gradient_terms():
    term = MultiScaleGradientLoss(0.3)
    assert term.gradient_terms() == [GradientTerm(term)]
    combined = SSISilogLoss(gradient_weight=0.2)
    assert combined.gradient_terms() == [
        GradientTerm(combined.gradient_loss, outer=combined)]
    assert SSISilogLoss().gradient_terms() == []
    assert not can_have_gradient_terms(ScaleShiftInvariantLoss())
    assert not can_have_gradient_terms(nn.L1Loss())


def test_factor_times_component_adds_up_to_the_loss():
    loss = SSISilogLoss(
        input_domain='depth', gradient_weight=0.2, loss_weight=5.0)
    term, = loss.gradient_terms()
    total = loss(*torch.rand(2, 2, 1, 24, 24) + 0.5)
    parts = loss.components
    torch.testing.assert_close(
        total - term.factor() * parts['gradient_component'],
        5 * (0.7 * parts['ssi_component'] + 0.3 * parts['silog_component']))
    assert term.factor(weight=0.4) == 2 * term.factor()
    assert term.factor(weight=0) == 0
    term.weight = 0.4
    assert loss.gradient_weight == 0.4
    loss.loss_weight = 10.0
    assert term.factor() == 10 * 0.4


FITTING = {
    'depth': SSISilogLoss(input_domain='depth'),
    'inverse': SSISilogLoss(),
    'relative_inverse': ScaleShiftInvariantLoss(),
    'relative_log': MultiScaleGradientLoss(**ALIGNED_LOG),
}


def test_every_predicted_domain_has_a_fitting_loss():
    assert set(FITTING) == set(DOMAIN_TEXTS)
    for prediction, fitting in FITTING.items():
        for domain, loss in FITTING.items():
            if domain == prediction:
                check_input_domain(loss, prediction, 'Head')
                continue
            with pytest.raises(ValueError) as error:
                check_input_domain(loss, prediction, 'Head')
            text = str(error.value)
            assert text.startswith(
                f'Head predicts {DOMAIN_TEXTS[prediction]}, but '
                f'{type(loss).__name__} takes {DOMAIN_TEXTS[domain]} ')
            assert type(fitting).__name__ in text.split('use ')[1]
    check_input_domain(nn.L1Loss(), 'depth', 'Head')  # declares no domain
    with pytest.raises(ValueError, match="'metres'; known: depth, inverse"):
        check_input_domain(nn.L1Loss(), 'metres', 'Head')


class Head(nn.Module):

    def __init__(self, *losses, prediction=None):
        super().__init__()
        self.losses = nn.ModuleList(losses)
        if prediction:
            self.prediction = prediction


class VPDDepthHead(nn.Module):
    """Like the head in mmsegmentation."""

    def __init__(self, loss):
        super().__init__()
        self.loss_decode = loss


class TunedVPDDepthHead(VPDDepthHead):
    pass


def refuses(model):
    return pytest.raises(ValueError, match=f'^{type(model).__name__} predicts')


@pytest.mark.parametrize('head', [
    Head(SSISilogLoss(), prediction='depth'),
    Head(nn.L1Loss(), ScaleShiftInvariantLoss(), prediction='depth'),
    Head(SSISilogLoss(), prediction='relative_inverse'),
    Head(MultiScaleGradientLoss(), prediction='relative_inverse'),
    VPDDepthHead(SSISilogLoss()),
    TunedVPDDepthHead(nn.ModuleList([SSISilogLoss()])),
])
def test_model_with_a_loss_that_does_not_fit(head):
    with refuses(head):
        check_input_domains(nn.Sequential(nn.Identity(), head))


@pytest.mark.parametrize('head', [
    Head(SSISilogLoss()),  # does not declare its prediction
    Head(SSISilogLoss(), prediction='a picture'),
    Head(SSISilogLoss(), prediction=nn.Conv2d(1, 1, 1)),
    Head(SSISilogLoss(input_domain='depth', gradient_weight=0.2),
         prediction='depth'),
    # the inner term always receives metres
    Head(SSISilogLoss(gradient_weight=0.2), prediction='inverse'),
    Head(MultiScaleGradientLoss(**ALIGNED), prediction='relative_inverse'),
    VPDDepthHead(SSISilogLoss(input_domain='depth')),
])
def test_model_that_fits(head):
    check_input_domains(nn.Sequential(nn.Identity(), head))


def test_head_inside_a_head_is_asked_itself():
    inner = Head(SSISilogLoss(), prediction='inverse')
    outer = Head(SSISilogLoss(input_domain='depth'), prediction='depth')
    outer.auxiliary = inner
    check_input_domains(outer)
    inner.losses.append(ScaleShiftInvariantLoss())
    with pytest.raises(ValueError, match='^Head predicts inverse depth'):
        check_input_domains(outer)


@pytest.mark.parametrize('options', [ALIGNED, ALIGNED_LOG])
def test_term_inside_a_loss_is_given_metres(options):
    with pytest.raises(
            ValueError, match='SSISilogLoss predicts depth in metres, but '
            'MultiScaleGradientLoss takes'):
        SSISilogLoss(gradient_weight=1, gradient=options)


def test_terms_are_found_once_and_by_path():
    combined = SSISilogLoss(gradient_weight=0.2)
    model = nn.ModuleDict(
        dict(a=Head(combined, nn.L1Loss()), b=MultiScaleGradientLoss(0.3)))
    losses, terms = find_gradient_losses(model)
    assert losses == {'a.losses.0': combined, 'b': model['b']}
    assert terms == {
        'a.losses.0': GradientTerm(combined.gradient_loss, outer=combined),
        'b': GradientTerm(model['b']),
    }


def test_term_of_a_loss_inside_a_loss_counts_once():

    class Wrapper(nn.Module):

        def __init__(self, loss):
            super().__init__()
            self.inner = loss

        def gradient_terms(self):
            return self.inner.gradient_terms()

    loss = SSISilogLoss(gradient_weight=0.2)
    wrapper = Wrapper(loss)
    for model in (nn.ModuleList([wrapper]), nn.ModuleList([loss, wrapper])):
        losses, terms = find_gradient_losses(model)
        assert list(losses.values()) == [wrapper]
        assert list(terms.values()) == loss.gradient_terms()
