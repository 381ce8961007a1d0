"""Lock 6 on truth: command decides in a process in which world.

Score and run can not be imported.
"""

import subprocess
import sys

import pytest

from tdome.run.api import simulate
from tdome.run.library import find_inputs

ALONE = """
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

class Blocker(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("tdome.world", "tdome.score")):
            raise ImportError(f"{name} is truth: blocked")

sys.meta_path.insert(0, Blocker())
if sys.argv[1] == "breach":
    import tdome.world.world

from tdome.command.chain import chain_for
from tdome.gateways.replay import TapeDoor
from tdome.kernel.journal import ContentHash, hash_of
from tdome.messages.wire import encode
from tdome.plan.plan import read_plan

folder, start, steps = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
plan = read_plan((folder / "inputs" / "plan.toml").read_text(), "plan.toml")
chain, content = chain_for(plan), ContentHash()

def record(message):
    header = message.header
    content.add(type(message).__name__, header.received_at, header.valid_at, encode(message))
    return message

tape = list(TapeDoor(folder / "journal.mcap", plan).messages())
picture = chain.open(start)
for step in range(steps):
    now = start + step * round(plan.clock.decide_s * 1e9)
    inbox = []
    while tape and tape[0].header.received_at <= now:
        inbox.append(record(tape.pop(0)))
    picture, outbox = chain.step(picture, inbox, now)
    for message in outbox:
        record(message)
assert not [name for name in sys.modules if name.startswith(("tdome.world", "tdome.score"))]
sys.stdout.write("equal" if content.hexdigest() == hash_of(folder / "journal.mcap") else "differs")
"""


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ALONE, *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    folder = tmp_path_factory.mktemp("alone") / "run"
    done = simulate(find_inputs("first-steps"), folder, seed=1)
    return str(folder), str(done.manifest.start), str(done.manifest.steps)


def test_command_alone_decides_the_same(tape: tuple[str, str, str]) -> None:
    done = alone(*tape)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "equal"


def test_the_blocker_bites() -> None:
    done = alone("breach")
    assert done.returncode != 0
    assert "is truth: blocked" in done.stderr


def test_another_clock_would_be_seen(tape: tuple[str, str, str]) -> None:
    folder, start, steps = tape
    done = alone(folder, str(int(start) + 500_000_000), steps)
    assert done.stdout == "differs", done.stderr
