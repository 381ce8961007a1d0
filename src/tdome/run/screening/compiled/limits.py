"""What a screening of a scenario leaves out, in words: it goes beside every figure of it."""

from tdome.messages.codes import Family
from tdome.plan.plan import Plan
from tdome.world.scenario import Scenario

ALWAYS = (
    "command plans on true paths: no association, no false tracks, no filter's lag",
    "class and identity are right, and late by a constant",
)


def limits_of(scenario: Scenario, plan: Plan) -> tuple[str, ...]:
    """Return a sentence for everything in the inputs that the tables do not represent."""
    file, found = scenario.file, list(ALWAYS)
    salvos = [salvo for raid in file.raids for salvo in raid.salvos]
    units = plan.units
    stages = plan.file.stages
    told = [
        (file.survivability.loss_probability > 0.0, "no site of ours is put out of action"),
        (bool(file.jammers) or any(s.jammer_j_n_db is not None for s in salvos), "no jamming"),
        (len(plan.fire_zones) > 0, "fire zones are not kept"),
        (bool((units.sites > 1).any()), "units do not move from their first station"),
        (bool(file.resupply), "no resupply from outside"),
        (bool(file.links.outages) or file.links.loss > 0.0, "links lose no message"),
        (any(s.formation is not None for s in salvos), "formations fly without slots aside"),
        (bool(scenario.threats.decoy.any()), "decoys are taken for what they imitate"),
        ("soft-kill" in units.effects, "soft kill draws anew for each try"),
        ("directed-energy" in units.effects, "beams see through the ground"),
        (bool(scenario.hidden), "sites that hide are aimed at where they are"),
        (stages.assignment != "greedy-v1", f"assignment is greedy-v1, not {stages.assignment}"),
        (bool((scenario.threats.family == Family.AIRCRAFT).any()), "aircraft are never let pass"),
        (bool(plan.sensors.moving), "radars that fly stand in the middle of their orbit"),
        (bool(file.flights), "no civil traffic: no shot at it, none held back for it"),
    ]
    return (*found, *(word for holds, word in told if holds))
