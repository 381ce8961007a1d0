"""Files that a person mixed up, an editor spoiled or somebody tampered with."""

import json
import shutil
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from tdome.kernel.errors import ConfigError, JournalError, TdomeError
from tdome.kernel.journal import JournalWriter, read_journal
from tdome.run.api import LAST_SEED, simulate
from tdome.run.library import find_inputs
from tdome.run.record import claim_folder
from tdome.run.replay import replay
from tdome.score.evidence import Evidence
from tdome.world.ledger import read_ledger

FIRST_STEPS = find_inputs("first-steps")


def folder_of(place: Path, scenario: bytes | str, plan: bytes | str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name, content in (("scenario", scenario), ("plan", plan)):
        raw = content.encode() if isinstance(content, str) else content
        (place / f"{name}.toml").write_bytes(raw)
    return place


def changed(text: str, change: Callable[[dict[str, Any]], Any]) -> str:
    tables = tomllib.loads(text)
    change(tables)
    return tomli_w.dumps(tables)


def recoded(text: str, way: str) -> bytes:
    return {
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
        "both": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    }[way]


@pytest.mark.parametrize("way", ["bom", "crlf", "both"])
def test_windows_editors_change_nothing(tmp_path: Path, way: str) -> None:
    scenario, plan = FIRST_STEPS.scenario_text, FIRST_STEPS.plan_text
    found = find_inputs(folder_of(tmp_path / "w", recoded(scenario, way), recoded(plan, way)))
    assert (found.scenario_text, found.plan_text) == (scenario, plan)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FIRST_STEPS.plan_text.encode("utf-16"), "not UTF-8"),
        (b"\x00\x01", "Invalid statement"),
        (b"", "'name' is missing"),
        (b"a=" + b"[" * 5000 + b"]" * 5000, "nested too deep"),
        (b"a=1" + b"0" * 5000, "can not be read"),
    ],
)
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    folder = folder_of(tmp_path / "x", FIRST_STEPS.scenario_text, content)
    with pytest.raises(ConfigError, match=said) as caught:
        find_inputs(folder).plan()
    assert caught.value.file.endswith("plan.toml")


def test_plan_and_scenario_mixed_up(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "x", FIRST_STEPS.scenario_text, FIRST_STEPS.plan_text)
    with pytest.raises(ConfigError, match="this is a plan, not a scenario"):
        find_inputs(folder / "plan.toml")
    with pytest.raises(ConfigError, match="this is a scenario, not a plan"):
        find_inputs(folder, folder / "scenario.toml")


def test_a_fault_found_while_building_has_file_line_and_key(tmp_path: Path) -> None:
    scenario = FIRST_STEPS.scenario_text.replace("launch_lat_deg = 24.5", "launch_lat_deg = 60")
    inputs = find_inputs(folder_of(tmp_path / "x", scenario, FIRST_STEPS.plan_text))
    with pytest.raises(
        ConfigError, match=r"scenario\.toml:17: .*'one missile'.*srbm.*km"
    ) as caught:
        simulate(inputs, tmp_path / "run", seed=1)
    assert caught.value.key == "raids[0].salvos[0]"
    assert not (tmp_path / "run").exists()  # nothing is left of a run that could not begin


def test_a_plan_that_never_decides(tmp_path: Path) -> None:
    plan = FIRST_STEPS.plan_text + "\n[clock]\ndecide_s = 400\n"
    inputs = find_inputs(folder_of(tmp_path / "x", FIRST_STEPS.scenario_text, plan))
    with pytest.raises(ConfigError, match=r"plan\.toml:\d+: .*400 s.*360 s"):
        simulate(inputs, tmp_path / "run", seed=1)


@pytest.mark.parametrize("seed", [-1, LAST_SEED + 1, 2**70])
def test_a_seed_that_no_manifest_can_hold(tmp_path: Path, seed: int) -> None:
    with pytest.raises(ConfigError, match="seed"):
        simulate(FIRST_STEPS, tmp_path / "run", seed=seed)


def test_two_runs_at_once_never_claim_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: claim_folder("race", 1), range(40)))
    assert len(set(claimed)) == len(claimed)


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "..", ".", "a/b\\c", "台" * 80, "", "a\0b", "\x1b[2J"]
)
def test_a_scenario_can_not_name_a_folder_elsewhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = claim_folder(name, LAST_SEED)
    assert [folder.resolve()] == list((tmp_path / "runs").resolve().iterdir())
    assert folder.name.isprintable()


def small(change_scenario: Callable[..., Any], change_plan: Callable[..., Any]) -> tuple[str, str]:
    def without_atlas(plan: dict[str, Any]) -> None:
        plan.pop("zones")
        change_plan(plan)

    return (
        changed(FIRST_STEPS.scenario_text, change_scenario),
        changed(FIRST_STEPS.plan_text, without_atlas),
    )


def nothing(_: dict[str, Any]) -> None:
    pass


FLIGHTS = {"name": "air", "count": 3, "route": [[24.0, 120.0], [25.0, 121.0]], "first_address": 1}


@pytest.mark.parametrize(
    ("scenario", "plan"),
    [
        pytest.param(nothing, nothing, id="no zones"),
        pytest.param(nothing, lambda plan: plan.pop("fire_units"), id="no fire units"),
        pytest.param(lambda it: it.pop("raids"), nothing, id="no raids"),
        pytest.param(
            lambda it: (it.pop("raids"), it.update(flights=[FLIGHTS])), nothing, id="civil only"
        ),
        pytest.param(nothing, lambda plan: plan.update(threats=["drone"]), id="unexpected class"),
        pytest.param(nothing, lambda plan: plan["assets"][0].update(lat_deg=90.0), id="pole"),
        pytest.param(nothing, lambda plan: plan["assets"][0].update(lon_deg=180.0), id="180 E"),
        pytest.param(
            lambda it: it["raids"][0].update(start_s=0.0) or it.update(duration_s=1.0),
            nothing,
            id="one second",
        ),
        pytest.param(nothing, lambda p: p.update(clock={"picture_s": 0.1}), id="picture < decide"),
    ],
)
def test_odd_but_possible_inputs_run(
    tmp_path: Path, scenario: Callable[..., Any], plan: Callable[..., Any]
) -> None:
    folder = folder_of(tmp_path / "in", *small(scenario, plan))
    done = simulate(find_inputs(folder), tmp_path / "run", seed=1)
    assert done.manifest.status == "finished"
    assert not done.manifest.quarantine
    assert replay(tmp_path / "run").equal


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(FIRST_STEPS, tmp_path_factory.mktemp("bad") / "run", seed=1).folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of a finished run, to be tampered with."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.mark.parametrize(
    "change", [{"steps": 10**12}, {"steps": -1}, {"start": 2**80}, {"start": 0}, {"steps": "many"}]
)
def test_replay_does_not_follow_a_tampered_manifest(run: Path, change: dict[str, Any]) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises(TdomeError, match="damaged manifest"):
        replay(run)


def rewritten(run: Path, topic: str, payload: bytes | None) -> None:
    """Write the journal anew, whole and well-formed, with one message more or some less."""
    journal = run / "journal.mcap"
    records = list(read_journal(journal))
    journal.unlink()
    with JournalWriter(journal, encoding="msgpack") as writer:
        for record in records:
            if payload is not None or record.topic != topic:
                times = (record.log_time, record.publish_time)
                writer.append(record.topic, *times, record.payload)
        if payload is not None:
            writer.append(topic, *times, payload)


def test_replay_tells_a_journal_that_the_run_did_not_write(run: Path) -> None:
    rewritten(run, "SensorStatus", None)
    with pytest.raises(JournalError, match="not the one that the run wrote"):
        replay(run)


@pytest.mark.parametrize("topic", ["Nonsense", "Plots", "Threats"])
def test_rotten_messages_in_a_whole_journal_are_told(run: Path, topic: str) -> None:
    rewritten(run, topic, b"\xc1")
    with pytest.raises(JournalError, match=topic):
        Evidence(run)


@pytest.mark.parametrize("content", [b"", b"PAR1", None, "shots.parquet"])
def test_a_ledger_that_is_not_whole_is_told(run: Path, content: bytes | str | None) -> None:
    plots = run / "ledger" / "plots.parquet"
    if content is None:
        plots.unlink()
    else:
        other = content if isinstance(content, bytes) else plots.with_name(content).read_bytes()
        plots.write_bytes(other)
    with pytest.raises(TdomeError, match=r"plots\.parquet: damaged ledger"):
        read_ledger(run)
