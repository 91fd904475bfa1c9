import numpy as np

print("=== loading backprop.py ===")
DEBUG = True


def layer_jacobians(x, W, rho, drho):
    print("layer_jacobians: x =", x, "W =", W.shape)
    n_out, n_in = W.shape
    Jx = []
    JW = []
    for i in range(n_out):
        Jx.append([W[i][l] * drho(x)[l] for l in range(n_in)])
        JW.append([])
        for k in range(n_out):
            JW[i].append([rho(x)[l] if i == k else 0.0 for l in range(n_in)])
    print("Jx =", Jx)
    return Jx, JW


def suffix_loss(xj, j, Ws, rho, loss):
    print("suffix_loss from layer", j, "of", len(Ws))
    x = xj
    for k in range(j, len(Ws)):
        x = np.dot(Ws[k], rho(x))
        if DEBUG:
            print("   x_%d =" % (k + 1), x)
    value = loss(x)
    print("loss is", value)
    return value


def backprop_states(x0, Ws, rho, drho, grad_loss):
    states = [x0]
    for W in Ws:
        states.append(np.dot(W, rho(states[-1])))
    print("forward ok, states:", [len(s) for s in states])
    grads = [grad_loss(states[-1])]
    for j in range(len(Ws) - 1, -1, -1):
        grads.insert(0, drho(states[j]) * np.dot(grads[0], Ws[j]))
        print("grad", j, grads[0])
    return [list(g) for g in grads]


def backprop_weights(x0, Ws, rho, drho, grad_loss):
    grads = backprop_states(x0, Ws, rho, drho, grad_loss)
    x = x0
    result = []
    for j in range(len(Ws)):
        result.append(np.outer(grads[j + 1], rho(x)))
        x = np.dot(Ws[j], rho(x))
        print("dW", j, "shape", result[j].shape, "expected", Ws[j].shape)
    return result


if __name__ == "__main__":
    backprop_weights(np.ones(2), [np.ones((3, 2))], np.tanh, np.cos, np.sin)
