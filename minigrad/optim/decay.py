"""Weight decay around any optimizer, in its two meanings.

For plain gradient descent the two agree, with decay = rate lam.  For Adam they do not:
there a penalty is divided by the size of the gradients, a decay is not.
"""

from __future__ import annotations

from minigrad import tree
from minigrad.optim.optimizer import (
    Optimizer,
    Rate,
    State,
    Tree,
    require_gradients,
    require_rate,
    schedule,
)


def coupled_decay(inner: Optimizer, lam: float) -> Optimizer:
    """A penalty lam |w|^2 / 2 in the loss: the method is given g + lam w.

    Raises ValueError for a negative lam.

    >>> from minigrad.optim import sgd
    >>> init, update = coupled_decay(sgd(0.5), lam=1.0)
    >>> update(8.0, 0.0, init(8.0))[0]
    4.0
    """
    require_rate("lam", lam)

    def update(w: Tree, grads: Tree, state: State) -> tuple[Tree, State]:
        require_gradients(w, grads)
        return inner.update(w, tree.map(lambda x, g: g + lam * x, w, grads), state)

    return Optimizer(inner.init, update)


def decoupled_decay(inner: Optimizer, decay: Rate) -> Optimizer:
    """A fraction of w is taken away at each step: w' = inner's w' - decay w.

    ``decay`` is a number or a schedule.  Around `adam` this is AdamW (Loshchilov and
    Hutter 2019, algorithm 2), with decay = eta_t lambda; PyTorch's is rate * lambda.
    Raises ValueError for a negative decay.

    >>> from minigrad.optim import adam
    >>> init, update = decoupled_decay(adam(0.1), decay=0.5)
    >>> float(update(8.0, 0.0, init(8.0))[0])
    4.0
    """
    decay_at = schedule("decay", decay)

    def update(w: Tree, grads: Tree, state: State) -> tuple[Tree, State]:
        moved, after = inner.update(w, grads, state)
        fraction = decay_at(after.t)
        return tree.map(lambda new, old: new - fraction * old, moved, w), after

    return Optimizer(inner.init, update)
