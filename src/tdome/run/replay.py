"""Replay: the decision side alone, on the tape of a run; the journals must be equal bit for bit."""

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tdome.command.federation import Command, command_for
from tdome.gateways.replay import TapeDoor
from tdome.kernel.clock import nanoseconds
from tdome.kernel.errors import JournalError, TdomeError
from tdome.kernel.journal import hash_of
from tdome.run.api import Progress
from tdome.run.library import Inputs
from tdome.run.record import Manifest, read_inputs, read_manifest
from tdome.run.tape import Tape

if TYPE_CHECKING:
    from tdome.messages.base import Message


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay found: the hash on record and the hash of what the decision side did now."""

    recorded: str
    replayed: str
    steps: int
    messages: int

    @property
    def equal(self) -> bool:
        """Whether the decision side did the same again, bit for bit."""
        return self.recorded == self.replayed


def replay(folder: str | Path, *, progress: Progress | None = None) -> Replay:
    """Re-run the decision side on the tape of a run and compare the journal hashes.

    The clock is driven by ``received_at``; orders go to nobody; world and ledger are not touched.
    Raises JournalError where the tape was cut short (nothing to compare with) or is not the one of
    the manifest, TdomeError for a damaged manifest and ConfigError where the folder is not a run.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    recorded = hash_of(folder / "journal.mcap")
    if manifest.journal_hash and recorded != manifest.journal_hash:
        raise JournalError(f"journal {folder / 'journal.mcap'} is not the one that the run wrote")
    inputs = read_inputs(folder)
    plan = inputs.plan()
    _check_manifest(folder, manifest, inputs)
    door = TapeDoor(folder / "journal.mcap", plan)
    with tempfile.TemporaryDirectory(prefix="tdome-") as scratch:
        with Tape(Path(scratch) / "journal.mcap") as tape:
            redecide(command_for(plan), door, manifest, tape, progress)
        return Replay(
            recorded=recorded,
            replayed=tape.hexdigest(),
            steps=manifest.steps,
            messages=sum(tape.counts.values()),
        )


def _check_manifest(folder: Path, manifest: Manifest, inputs: Inputs) -> None:
    """Refuse a manifest whose start and steps are not of its scenario: replay goes by them."""
    scenario = inputs.scenario()
    most = math.ceil(scenario.duration / inputs.plan().clock.decide_s) + 1
    if manifest.start != scenario.start:
        fault = f"start {manifest.start}, but the scenario starts at {scenario.start}"
    elif not 0 <= manifest.steps <= most:
        fault = f"{manifest.steps:,} steps, but the scenario has time for {most:,} at most"
    else:
        return
    raise TdomeError(f"{folder}/manifest.json: damaged manifest: {fault}")


def redecide(
    chain: Command, door: TapeDoor, manifest: Manifest, tape: Tape, progress: Progress | None
) -> None:
    """Step the chain through the tape at the plan's pace, as many steps as the run took."""
    received = door.messages()
    waiting: Message | None = next(received, None)
    picture = chain.open(manifest.start)
    period = nanoseconds(chain.plan.clock.decide_s)
    jumps = dict(manifest.jumps)
    now = manifest.start
    for step in range(manifest.steps):
        now = jumps.get(step, now + period) if step else now
        inbox: list[Message] = []
        while waiting is not None and waiting.header.received_at <= now:
            inbox.append(tape.record(waiting))
            waiting = next(received, None)
        picture, outbox = chain.step(picture, inbox, now)
        tape.record_all(outbox)
        if progress is not None:
            progress((now - manifest.start) / 1e9, 0)
