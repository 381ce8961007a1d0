"""Cases: shipped scenarios that stand for public events, changed as little as the event asks."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from tdome.run.authoring.edit import Draft, remove_raid, set_value
from tdome.run.library import Inputs, find_inputs
from tdome.studies.validation.simulated import Job

FIRST_SEED = 101  # of no other test or figure


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scenario, what is changed of it, and the event that it stands for."""

    scenario: str
    stands_for: str
    edits: list[str] = []
    without: list[str] = []

    def inputs(self) -> Inputs:
        """Return the texts of a run of the case."""
        found = find_inputs(self.scenario)
        draft = Draft(Path("scenario.toml"), "scenario", found.scenario_text)
        for raid in self.without:
            draft = remove_raid(draft, raid)
        for edit in self.edits:
            draft = set_value(draft, edit)
        return msgspec.structs.replace(found, scenario_text=draft.text)


def shelf(name: str) -> dict[str, Any]:
    """Return a table of this room, read."""
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


@cache
def cases() -> dict[str, Case]:
    """Return the cases by name."""
    return {name: msgspec.convert(one, Case) for name, one in shelf("cases.toml").items()}


def jobs(seeds: Sequence[int]) -> list[Job]:
    """Return the runs of all cases, first seeds of all of them first."""
    made = {name: case.inputs() for name, case in cases().items()}
    return [Job(name, seed, inputs) for seed in seeds for name, inputs in made.items()]
