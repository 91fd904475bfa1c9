"""A network of two layers, small enough to read every number.

    z₁ = W₁ x + b₁        h = tanh z₁        z₂ = W₂ h + b₂        loss = ½ ‖z₂ - y‖²

Draw it, with the gradient of the loss by every value:

    minigrad graph examples/two_layer.py:loss -o loss.svg
    minigrad graph examples/two_layer.py:neuron -o neuron.svg
"""

from __future__ import annotations

import numpy as np

import minigrad as mg


def loss(params, x, y):
    """Half the squared distance between the network's answer and y."""
    first, second = params["layer1"], params["layer2"]
    z1 = first["W"] @ x + first["b"]
    h = np.tanh(z1)
    z2 = second["W"] @ h + second["b"]
    error = z2 - y
    return 0.5 * np.sum(error**2)


def arguments():
    """What ``minigrad graph`` calls ``loss`` with: parameters, an input, a target."""
    params = {
        "layer1": {
            "W": np.array(
                [[0.5, -0.9, 0.2], [-0.3, 0.8, 0.4], [1.1, 0.1, -0.6], [0.2, 0.7, 0.9]]
            ),
            "b": np.array([0.1, 0.0, -0.2, 0.3]),
        },
        "layer2": {
            "W": np.array([[0.6, -0.4, 0.9, 0.3], [-0.7, 0.5, 0.2, 1.0]]),
            "b": np.array([0.0, 0.1]),
        },
    }
    return params, np.array([1.0, 0.5, -0.5]), np.array([1.0, 0.0])


def neuron(w1=-3.0, w2=1.0, x1=2.0, x2=0.5, b=6.5):
    """One neuron with numbers for weights; defaults serve as its arguments."""
    z = w1 * x1 + w2 * x2 + b
    return mg.tanh(z)
