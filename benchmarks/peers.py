"""How each engine runs a workload: its arrays, its functions, its transforms.

A peer is a function ``peer(workload)`` that imports the engine, converts the data once
and returns what is timed: a function without arguments that gives the result.  What an
engine cannot do raises NotImplementedError, a missing engine ImportError.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from workloads import Workload, factored_kernel, seen

import minigrad as mg
from minigrad.labs.ntk import ntk

Run = Callable[[], Any]


def converted(array: Callable[[Any], Any], x: Any) -> Any:
    return mg.tree.map(array, x)


def by_minigrad(workload: Workload) -> Run:
    """Plain NumPy, differentiated eagerly."""
    xp = SimpleNamespace(tanh=np.tanh, mean=np.mean, softplus=mg.softplus)
    f = workload.program(xp, workload.data)
    if workload.task == "ntk":
        g = lambda params, X: workload.program(xp, X)(params)
        return lambda: ntk(g, workload.params, workload.data)[:, 0, :, 0]
    if workload.task == "hvp":
        return lambda: mg.hvp(f, (workload.params,), (workload.direction,))
    transform = getattr(mg, workload.task)(f)
    return lambda: transform(workload.params)


def by_autograd(workload: Workload) -> Run:
    """HIPS autograd; a Hessian and a Jacobian of containers are loops of its own."""
    if workload.task == "ntk":
        raise NotImplementedError("autograd gives no values beside a gradient")
    import autograd
    import autograd.numpy as anp
    from autograd.differential_operators import make_hvp

    xp = SimpleNamespace(
        tanh=anp.tanh, mean=anp.mean, softplus=lambda z: anp.logaddexp(z, 0.0)
    )
    f, params = workload.program(xp, workload.data), workload.params
    if workload.task == "hvp":
        return lambda: make_hvp(f)(params)[0](workload.direction)
    if workload.task == "jacobian":
        leaves, rebuild = mg.tree.flatten(params)
        by_leaf = [
            autograd.jacobian(lambda *xs: f(rebuild(list(xs))), k)
            for k in range(len(leaves))
        ]
        return lambda: [jacobian(*leaves) for jacobian in by_leaf]
    transform = getattr(autograd, workload.task)(f)
    return lambda: transform(params)


def by_mygrad(workload: Workload) -> Run:
    """MyGrad: first derivatives by ``backward``."""
    import mygrad

    if workload.task != "value_and_grad":
        raise NotImplementedError("MyGrad has first derivatives of scalars")
    f = workload.program(mygrad, workload.data)

    def run() -> Any:
        params = converted(lambda x: mygrad.tensor(x, copy=False), workload.params)
        loss = f(params)
        loss.backward()
        return loss.data, converted(lambda x: x.grad, params)

    return run


def by_torch(workload: Workload) -> Run:
    """PyTorch eager on one thread; Jacobians of samples by ``vmap(jacrev)``."""
    import torch

    torch.set_num_threads(1)
    xp = SimpleNamespace(
        tanh=torch.tanh, mean=torch.mean, softplus=torch.nn.functional.softplus
    )
    data = converted(torch.from_numpy, workload.data)
    params = converted(torch.from_numpy, workload.params)
    f = workload.program(xp, data)
    if workload.task == "ntk":
        leaves = converted(_leaf, params)

        def kernel() -> Any:  # δ by the z, which PyTorch differentiates by as they are
            zs = []

            def see(z: Any) -> Any:
                zs.append(z)
                return z

            out, hs = seen(torch, leaves, data, see)
            deltas = torch.autograd.grad(out.sum(), zs)
            with torch.no_grad():
                return factored_kernel(deltas, hs)

        return kernel
    if workload.task == "value_and_grad":
        leaves, rebuild = mg.tree.flatten(converted(_leaf, params))

        def run() -> Any:
            loss = f(rebuild(leaves))
            return loss.detach(), torch.autograd.grad(loss, leaves)

        return run
    if workload.task == "jacobian":
        one = lambda params, x: workload.program(xp, x)(params)
        each = torch.func.vmap(torch.func.jacrev(one), (None, 0))
        return lambda: each(params, data)
    if workload.task == "hessian":  # three times as fast as torch.func.hessian here
        second = torch.func.jacrev(torch.func.jacrev(f))
        return lambda: second(params)
    leaves, rebuild = mg.tree.flatten(converted(_leaf, params))
    along = mg.tree.flatten(converted(torch.from_numpy, workload.direction))[0]

    def product() -> Any:  # backward twice, faster than a jvp of the gradient
        first = torch.autograd.grad(f(rebuild(leaves)), leaves, create_graph=True)
        return torch.autograd.grad(first, leaves, along)

    return product


def _leaf(x: Any) -> Any:
    return x.clone().requires_grad_()


def by_jax(workload: Workload) -> Run:
    """JAX on the CPU in double precision, compiled before it is timed."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    # handing work to another thread and back takes longer than a small network
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    xp = SimpleNamespace(tanh=jnp.tanh, mean=jnp.mean, softplus=jax.nn.softplus)
    data = converted(jnp.asarray, workload.data)
    params = converted(jnp.asarray, workload.params)
    f = workload.program(xp, data)
    if workload.task == "ntk":
        zeros = [jnp.zeros((len(data), len(b))) for _, b in params]

        def total(added: Any, params: Any, X: Any) -> Any:
            each = iter(added)
            out, hs = seen(jnp, params, X, lambda z: z + next(each))
            return out.sum(), hs

        def kernel(params: Any, X: Any) -> Any:  # δ by zeros that are added to the z
            return factored_kernel(*jax.grad(total, has_aux=True)(zeros, params, X))

        compiled = jax.jit(kernel)
        return lambda: jax.block_until_ready(compiled(params, data))
    if workload.task == "jacobian":
        one = lambda params, x: workload.program(xp, x)(params)
        compiled = jax.jit(jax.vmap(jax.jacrev(one), (None, 0)))
        return lambda: jax.block_until_ready(compiled(params, data))
    if workload.task == "hvp":
        direction = converted(jnp.asarray, workload.direction)
        product = lambda p, v: jax.jvp(jax.grad(f), (p,), (v,))[1]
        compiled = jax.jit(product)
        return lambda: jax.block_until_ready(compiled(params, direction))
    compiled = jax.jit(getattr(jax, workload.task)(f))
    return lambda: jax.block_until_ready(compiled(params))


PEERS: dict[str, Callable[[Workload], Run]] = {
    "minigrad": by_minigrad,
    "autograd": by_autograd,
    "mygrad": by_mygrad,
    "torch": by_torch,
    "jax": by_jax,
}
