"""``tdome replay``: decide again from the tape of a run; must be equal bit for bit."""

from pathlib import Path

from cyclopts import App

from tdome.app.folder import run_folder
from tdome.app.progress import SimulatedTime
from tdome.app.screen import BAD, GOOD, err, say, write_json
from tdome.kernel.errors import JournalError
from tdome.run.record import read_manifest
from tdome.run.replay import replay as decide_again

DIFFERS = 5

EXAMPLES = """Examples
  tdome replay runs/first-steps-1
  tdome replay runs/first-steps-1 --json

Exit code 0: equal, 5: differs, 3: the journal was cut short or is damaged."""


command = App(name="replay", help_epilogue=EXAMPLES)


@command.default
def replay(run: Path, /, *, json: bool = False) -> int:
    """Re-run the decision side on the tape of a run and compare the journal hashes.

    Parameters
    ----------
    run
        Run folder.
    json
        Print one JSON object and nothing else.
    """
    folder = run_folder(run)
    manifest = read_manifest(folder)
    if manifest.status != "finished":
        raise JournalError(f"{folder}: the run was not finished; there is nothing to compare")
    with SimulatedTime(err(), "preparing", count=False) as progress:
        progress.expect(manifest.simulated_s)
        found = decide_again(folder, progress=progress)
    if json:
        write_json(
            {
                "equal": found.equal,
                "recorded": found.recorded,
                "replayed": found.replayed,
                "steps": found.steps,
                "messages": found.messages,
            }
        )
    else:
        _report(
            found.recorded, found.replayed, f"{found.steps:,} steps, {found.messages:,} messages"
        )
    return 0 if found.equal else DIFFERS


def _report(recorded: str, replayed: str, size: str) -> None:
    if recorded == replayed:
        say("Equal: the decision side did the same again, bit for bit.", GOOD)
        say(f"  {size}, journal hash {recorded}")
        return
    say("Differs: the decision side did not do the same again.", BAD)
    say(f"  {size}")
    say(f"  on record {recorded}")
    say(f"  now       {replayed}")
    say("  Were tdome or its libraries changed since? manifest.json names the versions of the run.")
