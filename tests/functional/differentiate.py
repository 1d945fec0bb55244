"""Loss and gradient of a formula, which several test files compare."""
from mmdepth_gradloss.functional.formula_loss import formula_loss


def value_and_grad(pred, target, valid, formula, **kwargs):
    pred = pred.detach().requires_grad_()
    loss = formula_loss(pred, target, valid, formula, **kwargs)
    loss.backward()
    return loss.detach(), pred.grad
