"""How probably a round of a unit stops a threat, by what the threat is believed to be."""

import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Floats
from tdome.messages.threats import Threats
from tdome.plan.plan import Plan

_LEAST_HARM = 1e-9  # below it a threat is all decoy, and its weights are those of probability


class Kills:
    """SSPK of the units of a plan against threats by their shares of class, (n, C + 1).

    The share that is "none of these classes" counts as the threat's most probable family.
    """

    def __init__(self, plan: Plan) -> None:
        threats, units = plan.threats, plan.units
        self._family: Floats = units.sspk
        self._class: Floats = units.sspk_against(threats.names, threats.family)
        self._family_limits: Floats = units.sspk_limits
        self._class_limits: Floats = units.sspk_limits_against(threats.names, threats.family)
        self._real = threats.decoy == 0
        self._harm: Floats = np.where(self._real, threats.damage_fraction, 0.0)

    def believed(self, threats: Threats) -> Floats:
        """SSPK of each unit against each threat, shape (n, u): the mean over what it may be."""
        return self._mean(threats, threats.class_probability.astype(np.float64))

    def saving(self, threats: Threats) -> Floats:
        """SSPK against what would do harm, shape (n, u): which share of the loss a round averts.

        The loss at stake is not spread over the classes as their probability is: a decoy has none
        of it, and who harms twice as much has twice the share,

            w_c ~ P(c) harm_c,    harm_c: damage share of the class, 0 of a decoy,

        with "none of these" at the mean harm of the others for what falls, and 0 for what flies (as
        in the value at risk). A round that only stops what would do no harm is worth nothing. To
        choose by the mean of this is to choose with the least expected regret over what the threat
        may be.
        """
        share = threats.class_probability.astype(np.float64)
        weight = np.column_stack([share[:, :-1] * self._harm, np.zeros(len(share))])
        real = (share[:, :-1] * self._real).sum(axis=1)
        mean_harm = weight.sum(axis=1) / np.maximum(real, 1e-12)
        weight[:, -1] = np.where(threats.falls != 0, share[:, -1] * mean_harm, 0.0)
        total = weight.sum(axis=1)
        told = total > _LEAST_HARM
        weight = np.where(told[:, None], weight / np.where(told, total, 1.0)[:, None], share)
        return self._mean(threats, weight)

    def limits(self, threats: Threats, rows: NDArray[np.intp]) -> Floats:
        """Low and high of what is believed for some rows, (2, k, u).

        The bounds of all classes are taken at once: the interval is what the catalogue leaves open,
        and no more is claimed for it.
        """
        probability = threats.class_probability[rows].astype(np.float64)
        unknown = self._family_limits[:, :, threats.family[rows]].transpose(0, 2, 1)
        known = probability[:, :-1] @ self._class_limits.transpose(0, 2, 1)
        return np.clip(known + probability[:, -1:] * unknown, 0.0, 1.0)

    def _mean(self, threats: Threats, weight: Floats) -> Floats:
        """Mean over the classes by weights (n, C + 1)."""
        unknown = weight[:, -1:] * self._family[:, threats.family].T
        return np.clip(weight[:, :-1] @ self._class.T + unknown, 0.0, 1.0)
