"""tdome: an open, layered air- and missile-defence system in software.

For research, teaching, exercises and policy: defensive, unclassified, notional.

    import tdome as td
    run = td.run("first-steps", seed=1)
    run.outcome.by_class.to_pandas()
    td.track("runs/first-steps-1").tracks
    td.assign([10, 20], [[0.6, 0.7], [0.5, 0.8]], rounds=[1, 2]).plan
    td.plan_laydown("short-range-rockets").rows
    td.study("magazine-depth").mean("value.lost")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a type checker sees the verb; at run time it is the room, which is callable
    from tdome.run.api import run
    from tdome.run.assignment.api import assign
    from tdome.run.tracking.api import track
    from tdome.run.tracking.fuse import fuse
    from tdome.siting.planning.api import plan_coverage, plan_inventory, plan_laydown
    from tdome.studies.api import study
else:
    from tdome import run

    def assign(*problem, **options):  # noqa: ANN002, ANN003, ANN201  (typed above)
        """See :func:`tdome.run.assignment.api.assign`."""
        from tdome.run.assignment.api import assign as verb  # noqa: PLC0415  (loads HiGHS)

        return verb(*problem, **options)

    def track(*inputs, **options):  # noqa: ANN002, ANN003, ANN201  (typed above)
        """See :func:`tdome.run.tracking.api.track`."""
        from tdome.run.tracking.api import track as verb  # noqa: PLC0415  (loads Numba)

        return verb(*inputs, **options)

    def fuse(*inputs, **options):  # noqa: ANN002, ANN003, ANN201  (typed above)
        """See :func:`tdome.run.tracking.fuse.fuse`."""
        from tdome.run.tracking.fuse import fuse as verb  # noqa: PLC0415  (loads Numba)

        return verb(*inputs, **options)

    def plan_coverage(*scenario, **options):  # noqa: ANN002, ANN003, ANN201  (typed above)
        """See :func:`tdome.siting.planning.api.plan_coverage`."""
        from tdome.siting.planning.api import plan_coverage as verb  # noqa: PLC0415  (loads HiGHS)

        return verb(*scenario, **options)

    def plan_inventory(*scenario, **options):  # noqa: ANN002, ANN003, ANN201  (typed above)
        """See :func:`tdome.siting.planning.api.plan_inventory`."""
        from tdome.siting.planning.api import plan_inventory as verb  # noqa: PLC0415

        return verb(*scenario, **options)

    def plan_laydown(*scenario, **options):  # noqa: ANN002, ANN003, ANN201  (typed above)
        """See :func:`tdome.siting.planning.api.plan_laydown`."""
        from tdome.siting.planning.api import plan_laydown as verb  # noqa: PLC0415

        return verb(*scenario, **options)

    def study(*what, **options):  # noqa: ANN002, ANN003, ANN201  (typed above)
        """See :func:`tdome.studies.api.study`."""
        from tdome.studies.api import study as verb  # noqa: PLC0415  (loads the simulation)

        return verb(*what, **options)


__all__ = [
    "assign", "fuse", "plan_coverage", "plan_inventory", "plan_laydown", "run", "study", "track",
]  # fmt: skip
