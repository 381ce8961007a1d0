"""The command ``tdome``: which commands there are, and how each failure ends.

Exit codes: 0 done; 1 an error of tdome or of the machine; 2 a mistake in a command, file or
argument; 3 a journal that can not be written or read; 4 events out of order inside tdome; 5 a
replay that differs; 130 interrupted.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, cast

from cyclopts import App, CycloptsError, Parameter

from tdome.app.screen import GOOD, complain, err
from tdome.kernel.errors import ConfigError, TdomeError

MISTAKE = ConfigError.exit_code
INTERRUPTED = 130

# New objects between two searches for garbage in cycles. Python's own 700 cost some per cent of
# the first run, in which the compiler makes millions of objects and next to no garbage.
_SEARCH_EVERY = 100_000

_ABOUT = (
    "tdome: layered air and missile defence in software, from plot to warning.\n\n"
    "Defensive and notional: for research, teaching, exercises and policy. No order ever leaves "
    "to a weapon, a person decides, every warning is marked Exercise."
)

_ENDING = """Examples
  tdome run taiwan-layered              the flagship scenario
  tdome explain runs/first-steps-1 T1   the whole story of one track
  tdome COMMAND --help                  more of one command, with examples

Exit codes
  0  done                           3  a journal can not be written or read
  1  error of tdome or the machine  4  events out of order inside tdome: a bug
  2  mistake in a command, file     5  the replay differs from the record
     or argument                    130  interrupted"""

COMMANDS = {
    "run": "Simulate a scenario and show what came of it.",
    "replay": "Decide again from the tape of a run: must be equal.",
    "explain": "Tell the whole story of one track or engagement.",
    "scenario": "Make and change scenarios: new, edit, raid, import.",
    "scenarios": "List the bundled scenarios.",
    "track": "Track recorded plots; score the tracks against truth.",
    "fuse": "Fuse the tracks of several sensors into system tracks.",
    "assign": "Assign rounds to threats, with a proof of how good.",
    "catalogue": "Show classes of threats, sensors and effectors.",
    "plan": "Propose where to put units, how to split rounds.",
    "study": "Vary plan and scenario over many replicates.",
    "coverage": "Show what radars see and layers cover; draw maps.",
    "validate": "Check plan and scenario files.",
    "validate-model": "Hold our cases against public claims.",
    "bench": "Measure tdome on this machine.",
    "calibrate": "Compare a screening with full runs, by outcome.",
    "doctor": "Check this installation.",
}


def _app() -> App:
    app = App(
        name="tdome",
        help=_ABOUT,
        help_epilogue=_ENDING,
        help_format="plaintext",
        version=lambda: f"tdome {version('tdome')}",
        default_parameter=Parameter(negative=(), show_default=False),
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for place, (name, purpose) in enumerate(COMMANDS.items()):
        # By its path: cyclopts imports the file when the command is asked for.
        app.command(
            f"tdome.app.{name.replace('-', '_')}:command", name=name, help=purpose, sort_key=place
        )
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a person's mistake gets one line, no traceback."""
    gc.set_threshold(_SEARCH_EVERY)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            cast("Any", stream).reconfigure(errors="replace")  # a terminal without our letters
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except CycloptsError as fault:
        return _refused(fault)
    except TdomeError as fault:
        complain(str(fault))
        return fault.exit_code
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as fault:
        complain(f"{fault.filename or 'the machine'}: {fault.strerror or fault}")
        return TdomeError.exit_code
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    return code


def _run(arguments: Sequence[str] | None) -> int:
    with err().status("loading", spinner_style=GOOD):
        command, bound, _ = _app().parse_args(arguments)
    code = command(*bound.args, **bound.kwargs)
    return code if isinstance(code, int) else 0


def _refused(fault: CycloptsError) -> int:
    fault.verbose = False
    words = ["tdome", *(fault.command_chain or ()), "--help"]
    complain(f"{fault} (see: {' '.join(words)})")
    return MISTAKE
