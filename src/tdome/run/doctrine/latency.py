"""How long one decision of a policy takes."""

from time import process_time

import numpy as np

from tdome.kernel.random import Stream
from tdome.run.doctrine.instance import Instance
from tdome.run.doctrine.play import Policy, arrivals, decide
from tdome.run.doctrine.rollout.improve import improve

_DECISIONS = 200


def slowest(instance: Instance, of: Policy, chance: Stream) -> float:
    """Return the 99 % quantile of the time of one decision, ms, at first looks with full magazines.

    These have the most live threats: all later looks are quicker. CPU time of one thread.
    """
    it, layers = instance, len(instance.rounds)
    errors = np.array([it.false_kill, it.false_live])
    came = arrivals(it, chance, 0, -(-_DECISIONS // it.waves)).reshape(-1, len(it.values))
    now, quota = np.zeros(layers), np.zeros(layers, np.int64)
    spent = []
    for wave, counts in enumerate(came[:_DECISIONS]):
        cls = np.repeat(np.arange(len(counts)), counts)
        belief, shots = np.ones(len(cls)), np.zeros(len(cls), np.int64)
        after = it.waves - 1 - wave % it.waves
        began = process_time()
        decide(
            of.kind, float(of.number), after, 0, it.layer, it.pk,
            it.values, it.salvo, errors, it.rounds, it.reload, it.channels[it.layer[0]], of.prices,
            of.kappa, of.rest, of.plan, 1.0, now, quota, cls, belief, shots,
        )  # fmt: skip
        if of.simulations > 0:
            improve(
                of.key, of.simulations, 0, after, it.layer, it.pk, it.values, it.salvo, errors,
                it.rounds, it.reload, it.channels, float(of.number), of.prices[after],
                of.kappa[after], of.rest[after], cls, belief, shots,
            )  # fmt: skip
        spent.append(process_time() - began)
    return 1e3 * float(np.quantile(spent[1:], 0.99))  # the first one loads the kernel
