"""What goes wrong in chapter 01: wrong answers that run, and what to say about each.

Every function is the right answer with one thing changed.  Its docstring is what a
student reads whose function returns the same values on every check.

x state, W weight matrix, J depth, g gradient of a state.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake


def states(x0, Ws, rho):
    """The right forward pass."""
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    return xs


def other_states(x0, Ws, rho):
    """Products and states of the layer this chapter does not use, x -> rho(W x)."""
    products, xs = [], [x0]
    for W in Ws:
        products.append(W @ xs[-1])
        xs.append(rho(products[-1]))
    return products, xs


def sweep(Ws, g, step):
    """[g_0, ..., g_J] from g_J = ``g`` and g_j = ``step(j, g_{j+1})``."""
    gs = [g]
    for j in reversed(range(len(Ws))):
        gs.append(step(j, gs[-1]))
    return gs[::-1]


def gradients(xs, Ws, drho, g):
    """The right backward pass, from the gradient ``g`` at the last state."""
    return sweep(Ws, g, lambda j, g: drho(xs[j]) * (Ws[j].T @ g))


def both_passes(x0, Ws, rho, drho, grad_loss):
    """The right states, and their right gradients."""
    xs = states(x0, Ws, rho)
    return xs, gradients(xs, Ws, drho, grad_loss(xs[-1]))


def outer_products(gs, xs, rho):
    """The right weight gradients, from the right gradients and states."""
    return [np.outer(g, rho(x)) for g, x in zip(gs[1:], xs[:-1], strict=True)]


def jacobian_in_W(W, row):
    """JW[i, k, l] = [i = k] row_l."""
    return np.multiply.outer(np.eye(len(W)), row)


# layer_jacobians -------------------------------------------------------------------


@mistake("layer_jacobians", kind="missing-factor")
def slope_of_rho_forgotten(x, W, rho, drho):
    """Your Jx is W, the Jacobian of W x.  Between x and W stands rho: a small step in
    x_l becomes rho'(x_l) times as long before W sees it, so column l needs that factor.
    """
    return W.copy(), jacobian_in_W(W, rho(x))


@mistake("layer_jacobians", kind="rho-on-output")
def rho_taken_after_the_product(x, W, rho, drho):
    """You differentiated rho(W x), the layer most books draw.  Here it is W rho(x): rho
    acts on what enters, so evaluate rho and rho' at x and let W come last.
    """
    slope = drho(W @ x)
    return slope[:, None] * W, jacobian_in_W(W, x) * slope[:, None, None]


@mistake("layer_jacobians", kind="transpose")
def state_jacobian_transposed(x, W, rho, drho):
    """Your Jx is turned around.  Outputs count the rows and inputs the columns, as in
    W itself: Jx[i, l] = df_i/dx_l, of shape (n_out, n_in).
    """
    return (W * drho(x)).T, jacobian_in_W(W, rho(x))


@mistake("layer_jacobians", kind="wrong-point")
def slope_taken_after_rho(x, W, rho, drho):
    """You evaluated rho' at rho(x), perhaps because tanh' is often written 1 - a**2
    with a = tanh(x).  The slope is needed where rho is applied: pass x to drho.
    """
    return W * drho(rho(x)), jacobian_in_W(W, rho(x))


@mistake("layer_jacobians", kind="wrong-axis")
def slopes_scale_the_rows(x, W, rho, drho):
    """You scaled the rows of W by rho'(x), which is diag(rho'(x)) W and does not even
    fit unless W is square.  x_l meets column l of W: scale the columns.
    """
    return drho(x)[:, None] * W, jacobian_in_W(W, rho(x))


@mistake("layer_jacobians", kind="missing-rho")
def raw_state_in_the_weight_jacobian(x, W, rho, drho):
    """Your JW holds x where rho(x) belongs.  W multiplies rho(x), so rho(x)_l is what
    a change of W_kl is multiplied by.
    """
    return W * drho(x), jacobian_in_W(W, x)


@mistake("layer_jacobians", kind="value-or-slope")
def slope_in_the_weight_jacobian(x, W, rho, drho):
    """Your JW holds rho'(x) where rho(x) belongs.  When W moves, x stands still, so no
    derivative of rho appears: f is linear in W.
    """
    return W * drho(x), jacobian_in_W(W, drho(x))


@mistake("layer_jacobians", kind="memory-order")
def weight_jacobian_unfolded_by_columns(x, W, rho, drho):
    """Your JW has the right numbers in the wrong places: kron(rho(x), I) belongs to a
    W stacked column by column, and NumPy folds back row by row.  In that order the
    matrix is kron(I, rho(x)).
    """
    n_out, n_in = W.shape
    stacked = np.kron(rho(x)[None, :], np.eye(n_out))
    return W * drho(x), stacked.reshape(n_out, n_out, n_in)


@mistake("layer_jacobians", kind="flattened")
def weight_jacobian_left_flat(x, W, rho, drho):
    """Your JW has shape (n_out, n_out * n_in), with W unrolled into a vector.  The
    numbers are right; give W its two axes back with a reshape.
    """
    JW = jacobian_in_W(W, rho(x))
    return W * drho(x), JW.reshape(len(W), W.size)


@mistake("layer_jacobians", kind="missing-delta")
def every_output_sees_every_row(x, W, rho, drho):
    """In your JW every output depends on every row of W.  f_i uses row i alone, so
    JW[i, k, l] must be zero whenever k differs from i.
    """
    n_out = len(W)
    return W * drho(x), np.multiply.outer(np.ones((n_out, n_out)), rho(x))


@mistake("layer_jacobians", kind="diagonal-only")
def weight_jacobian_without_its_zeros(x, W, rho, drho):
    """Your JW has two axes: it lists df_i/dW_il and leaves out the zeros.  A Jacobian
    has an entry for every output i and every weight (k, l): shape (n_out, n_out, n_in).
    """
    return W * drho(x), np.tile(rho(x), (len(W), 1))


# suffix_loss -----------------------------------------------------------------------


@mistake("suffix_loss", kind="rho-on-output")
def rho_after_each_product(xj, j, Ws, rho, loss):
    """You applied rho to the product, x -> rho(W x).  In this network rho acts on what
    enters a layer, x -> W rho(x); in particular x_J reaches the loss without rho.
    """
    for W in Ws[j:]:
        xj = rho(W @ xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="missing-rho")
def rho_forgotten(xj, j, Ws, rho, loss):
    """You multiplied the matrices and left rho out, so your network is linear.  Each
    layer is W rho(x).
    """
    for W in Ws[j:]:
        xj = W @ xj
    return float(loss(xj))


@mistake("suffix_loss", kind="other-model")
def first_state_not_activated(xj, j, Ws, rho, loss):
    """You let xj enter its first matrix raw, W_{J-1} rho(... W_j xj).  That is the
    model of a later chapter; here rho acts on whatever enters a layer, xj included.
    """
    for k, W in enumerate(Ws[j:]):
        xj = W @ (rho(xj) if k else xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="extra-rho")
def output_activated(xj, j, Ws, rho, loss):
    """You applied rho once more, to x_J, before the loss.  No layer follows x_J, so no
    rho does: the loss takes x_J as it is.
    """
    for W in Ws[j:]:
        xj = W @ rho(xj)
    return float(loss(rho(xj)))


@mistake("suffix_loss", kind="whole-network")
def started_at_layer_0(xj, j, Ws, rho, loss):
    """You ran all layers whatever j is.  xj is already behind layers 0, ..., j-1; only
    W_j, ..., W_{J-1} are left.
    """
    for W in Ws:
        xj = W @ rho(xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="prefix")
def ran_the_layers_before_j(xj, j, Ws, rho, loss):
    """You ran layers 0, ..., j-1, which lead up to xj.  The suffix leads on from it:
    W_j, ..., W_{J-1}.
    """
    for W in Ws[:j]:
        xj = W @ rho(xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="one-layer-off")
def started_one_layer_late(xj, j, Ws, rho, loss):
    """You skipped W_j.  x_j is the state that enters layer j, so W_j is the first
    matrix it meets.
    """
    for W in Ws[j + 1 :]:
        xj = W @ rho(xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="last-layer-missing")
def stopped_before_the_last_layer(xj, j, Ws, rho, loss):
    """You left out the last layer, W_{J-1}.  Python's ranges and slices already stop
    before their end, so nothing is to be subtracted from it.
    """
    for W in Ws[j:-1]:
        xj = W @ rho(xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="reversed")
def ran_the_layers_backwards(xj, j, Ws, rho, loss):
    """You ran the layers from the last to the first.  In the formula W_j stands on the
    right, next to x_j, because it acts first: go up from j to J-1.
    """
    for W in reversed(Ws[j:]):
        xj = W @ rho(xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="empty-suffix")
def always_ran_a_layer(xj, j, Ws, rho, loss):
    """For j = J you still ran a layer.  No layer is left there: l_J is the loss itself,
    loss(xj).  A loop that may run zero times gives this for free.
    """
    for W in Ws[j:] or Ws[-1:]:
        xj = W @ rho(xj)
    return float(loss(xj))


@mistake("suffix_loss", kind="one-layer-too-many")
def asked_for_W_J(xj, j, Ws, rho, loss):
    """You asked for W_J, and there is none: J matrices are W_0, ..., W_{J-1}.  The
    printed sheet has the same slip, as the errata in the statement show.
    """
    for k in range(j, len(Ws) + 1):
        xj = Ws[k] @ rho(xj)
    return float(loss(xj))


# backprop_states -------------------------------------------------------------------


@mistake("backprop_states", kind="missing-factor")
def states_slope_of_rho_forgotten(x0, Ws, rho, drho, grad_loss):
    """You handed W^T g down and left out rho'.  The state x_j passes through rho before
    it meets W_j, so the gradient picks up rho'(x_j), entry by entry, after W_j^T.
    """
    _, gs = both_passes(x0, Ws, rho, np.ones_like, grad_loss)
    return gs


@mistake("backprop_states", kind="rho-on-output")
def states_of_the_other_layer(x0, Ws, rho, drho, grad_loss):
    """You differentiated x -> rho(W x), forward and backward.  That would be right for
    the other layer; here it is x -> W rho(x), and rho and rho' are taken at x_j.
    """
    pre, xs = other_states(x0, Ws, rho)
    step = lambda j, g: Ws[j].T @ (drho(pre[j]) * g)
    return sweep(Ws, grad_loss(xs[-1]), step)


@mistake("backprop_states", kind="wrong-state")
def states_slope_at_the_output_of_the_layer(x0, Ws, rho, drho, grad_loss):
    """You used rho'(x_{j+1}), the state that leaves layer j, before W_j^T.  rho acts on
    the state that enters: first W_j^T, then the factor rho'(x_j).
    """
    xs = states(x0, Ws, rho)
    step = lambda j, g: Ws[j].T @ (drho(xs[j + 1]) * g)
    return sweep(Ws, grad_loss(xs[-1]), step)


@mistake("backprop_states", kind="wrong-order")
def states_slope_before_the_transpose(x0, Ws, rho, drho, grad_loss):
    """You multiplied by rho'(x_j) before W_j^T.  Going back, a layer is undone from
    its end: rho came first and W_j second, so W_j^T comes first and rho'(x_j) second.
    """
    xs = states(x0, Ws, rho)
    step = lambda j, g: Ws[j].T @ (drho(xs[j]) * g)
    return sweep(Ws, grad_loss(xs[-1]), step)


@mistake("backprop_states", kind="wrong-point")
def states_slope_taken_after_rho(x0, Ws, rho, drho, grad_loss):
    """You evaluated rho' at rho(x_j), probably because the activated states were at
    hand.  The slope belongs to the point where rho acts: rho'(x_j).
    """
    xs = states(x0, Ws, rho)
    return gradients(xs, Ws, lambda x: drho(rho(x)), grad_loss(xs[-1]))


@mistake("backprop_states", kind="missing-transpose")
def states_transpose_forgotten(x0, Ws, rho, drho, grad_loss):
    """You used W_j on the way back.  It maps layer j to layer j+1; its transpose leads
    back.  Only square layers let this run, and there the numbers are wrong.
    """
    xs = states(x0, Ws, rho)
    step = lambda j, g: drho(xs[j]) * (Ws[j] @ g)
    return sweep(Ws, grad_loss(xs[-1]), step)


@mistake("backprop_states", kind="missing-rho")
def states_of_a_linear_forward_pass(x0, Ws, rho, drho, grad_loss):
    """Your forward pass is x_{j+1} = W_j x_j, without rho, so every slope and the loss
    gradient are taken at the wrong states.  It must be x_{j+1} = W_j rho(x_j).
    """
    xs = states(x0, Ws, lambda x: x)
    return gradients(xs, Ws, drho, grad_loss(xs[-1]))


@mistake("backprop_states", kind="accumulated")
def states_added_up(x0, Ws, rho, drho, grad_loss):
    """You added each gradient to the one before.  Sums arise where a value is used
    twice; in this chain every state is used once, so each gradient replaces the last.
    """
    xs = states(x0, Ws, rho)
    step = lambda j, g: g + drho(xs[j]) * (Ws[j].T @ g)
    return sweep(Ws, grad_loss(xs[-1]), step)


@mistake("backprop_states", kind="reversed")
def states_left_in_backward_order(x0, Ws, rho, drho, grad_loss):
    """Your gradients are right and in the order you found them, from the last state to
    the first.  Entry j belongs to x_j: turn the list around at the end.
    """
    _, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return gs[::-1]


@mistake("backprop_states", kind="last-entry-missing")
def states_without_the_last(x0, Ws, rho, drho, grad_loss):
    """You returned J gradients; there are J+1 states.  The gradient at x_J, the loss
    gradient that starts the recursion, is the last entry of the list.
    """
    _, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return gs[:-1]


@mistake("backprop_states", kind="first-entry-missing")
def states_without_the_first(x0, Ws, rho, drho, grad_loss):
    """You stopped at x_1.  The input x_0 is a state as well and comes before layer 0:
    one more step of the recursion gives its gradient.
    """
    _, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return gs[1:] or gs


@mistake("backprop_states", kind="seed-of-ones")
def states_seeded_with_ones(x0, Ws, rho, drho, grad_loss):
    """You started from a vector of ones, which differentiates the sum of x_J.  The
    recursion starts from the gradient of the loss, grad_loss(x_J).
    """
    _, gs = both_passes(x0, Ws, rho, drho, np.ones_like)
    return gs


@mistake("backprop_states", kind="loss-point")
def states_loss_at_the_activated_output(x0, Ws, rho, drho, grad_loss):
    """You evaluated grad_loss at rho(x_J).  No layer follows x_J, so no rho does: the
    loss, and its gradient, take x_J as it is.
    """
    xs = states(x0, Ws, rho)
    return gradients(xs, Ws, drho, grad_loss(rho(xs[-1])))


@mistake("backprop_states", kind="extra-factor")
def states_slope_at_the_last_state(x0, Ws, rho, drho, grad_loss):
    """You multiplied the loss gradient by rho'(x_J).  rho never acts on x_J: the first
    entry of the recursion is grad_loss(x_J) itself.
    """
    xs = states(x0, Ws, rho)
    return gradients(xs, Ws, drho, drho(xs[-1]) * grad_loss(xs[-1]))


@mistake("backprop_states", kind="other-model")
def states_input_not_activated(x0, Ws, rho, drho, grad_loss):
    """You let x_0 enter W_0 raw.  That is the model of a later chapter; here rho acts
    on every state that enters a layer, the input included.
    """
    if not Ws:
        return [grad_loss(x0)]
    _, gs = both_passes(Ws[0] @ x0, Ws[1:], rho, drho, grad_loss)
    return [Ws[0].T @ gs[0], *gs]


# backprop_weights ------------------------------------------------------------------


@mistake("backprop_weights", kind="transpose")
def weights_outer_product_swapped(x0, Ws, rho, drho, grad_loss):
    """Your outer products are transposed.  A gradient has the shape of what it belongs
    to: rows from the output side, g_{j+1}, and columns from the input side, rho(x_j).
    """
    xs, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return [G.T for G in outer_products(gs, xs, rho)]


@mistake("backprop_weights", kind="missing-rho")
def weights_raw_state(x0, Ws, rho, drho, grad_loss):
    """You multiplied by x_j.  W_j is applied to rho(x_j), so rho(x_j) is the second
    vector of the outer product.
    """
    xs, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return outer_products(gs, xs, lambda x: x)


@mistake("backprop_weights", kind="value-or-slope")
def weights_slope_of_the_state(x0, Ws, rho, drho, grad_loss):
    """You multiplied by rho'(x_j).  When W_j moves, x_j stands still and rho is not
    differentiated: its value rho(x_j) is the factor.
    """
    xs, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return outer_products(gs, xs, drho)


@mistake("backprop_weights", kind="wrong-state")
def weights_gradient_of_the_lower_state(x0, Ws, rho, drho, grad_loss):
    """You used the gradient at x_j, the state below W_j.  W_j makes x_{j+1}, so the
    gradient at x_{j+1} is the one that meets it.
    """
    xs, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return outer_products([gs[0], *gs[:-1]], xs, rho)


@mistake("backprop_weights", kind="one-layer-off")
def weights_upper_activation(x0, Ws, rho, drho, grad_loss):
    """You used rho(x_{j+1}), the activation above W_j.  What W_j was multiplied with on
    the way up is the one below it, rho(x_j).
    """
    xs, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return outer_products(gs, [*xs[1:], xs[-1]], rho)


@mistake("backprop_weights", kind="extra-factor")
def weights_slope_on_the_gradient(x0, Ws, rho, drho, grad_loss):
    """You multiplied the gradient at x_{j+1} by rho'(x_{j+1}).  That factor belongs to
    the layer above and is already in the step from x_{j+2} down to x_{j+1}.
    """
    xs, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    scaled = [drho(x) * g for x, g in zip(xs, gs, strict=True)]
    return outer_products(scaled, xs, rho)


@mistake("backprop_weights", kind="missing-factor")
def weights_slope_of_rho_forgotten(x0, Ws, rho, drho, grad_loss):
    """Your last matrix is right and those below are not: the state gradients you used
    lack rho'.  Each step down is W_j^T g, then times rho'(x_j), entry by entry.
    """
    xs, gs = both_passes(x0, Ws, rho, np.ones_like, grad_loss)
    return outer_products(gs, xs, rho)


@mistake("backprop_weights", kind="missing-transpose")
def weights_transpose_forgotten(x0, Ws, rho, drho, grad_loss):
    """Your last matrix is right and those below are not: on the way back you used W_j,
    which leads up.  Its transpose leads down; only square layers let W_j itself run.
    """
    xs = states(x0, Ws, rho)
    step = lambda j, g: drho(xs[j]) * (Ws[j] @ g)
    return outer_products(sweep(Ws, grad_loss(xs[-1]), step), xs, rho)


@mistake("backprop_weights", kind="rho-on-output")
def weights_of_the_other_layer(x0, Ws, rho, drho, grad_loss):
    """You differentiated the network of layers x -> rho(W x).  Here a layer is
    x -> W rho(x): W_j comes last, so the gradient at x_{j+1} meets it as it is, without
    rho', and rho(x_j) is what W_j multiplies.
    """
    pre, xs = other_states(x0, Ws, rho)
    step = lambda j, g: Ws[j].T @ (drho(pre[j]) * g)
    gs = sweep(Ws, grad_loss(xs[-1]), step)
    return [np.outer(drho(pre[j]) * gs[j + 1], xs[j]) for j in range(len(Ws))]


@mistake("backprop_weights", kind="reversed")
def weights_left_in_backward_order(x0, Ws, rho, drho, grad_loss):
    """Your gradients are right and in the order you found them, from the last layer to
    the first.  Entry j belongs to W_j: turn the list around at the end.
    """
    xs, gs = both_passes(x0, Ws, rho, drho, grad_loss)
    return outer_products(gs, xs, rho)[::-1]


@mistake("backprop_weights", kind="seed-of-ones")
def weights_seeded_with_ones(x0, Ws, rho, drho, grad_loss):
    """You started from a vector of ones, which differentiates the sum of x_J.  The
    recursion starts from the gradient of the loss, grad_loss(x_J).
    """
    xs, gs = both_passes(x0, Ws, rho, drho, np.ones_like)
    return outer_products(gs, xs, rho)


@mistake("backprop_weights", kind="other-model")
def weights_input_not_activated(x0, Ws, rho, drho, grad_loss):
    """You let x_0 enter W_0 raw, as in the model of a later chapter.  Here rho acts on
    every state that enters a layer, the input included: x_1 = W_0 rho(x_0).
    """
    if not Ws:
        return []
    xs, gs = both_passes(Ws[0] @ x0, Ws[1:], rho, drho, grad_loss)
    return [np.outer(gs[0], x0), *outer_products(gs, xs, rho)]
