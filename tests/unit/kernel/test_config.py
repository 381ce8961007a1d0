import datetime as dt
import enum
from typing import Annotated, Literal

import msgspec
import pytest

from tdome.kernel.config import json_schema, load_toml, parse_toml
from tdome.kernel.errors import ConfigError

Positive = Annotated[float, msgspec.Meta(ge=0)]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Control(enum.Enum):
    FREE = "free"
    TIGHT = "tight"
    HOLD = "hold"


class Sensor(Strict):
    range_km: Positive
    control: Control = Control.TIGHT
    band: Literal["L", "S", "X"] = "S"
    name: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] = "x"
    position: tuple[float, float] = (0.0, 0.0)
    rounds: int | None = None


class Circle(Strict, tag="circle", tag_field="shape"):
    radius_km: Positive


class Box(Strict, tag="box", tag_field="shape"):
    width_km: Positive
    height_km: Positive


class Plan(Strict):
    title: str = ""
    sensors: Annotated[list[Sensor], msgspec.Meta(min_length=1)] = []
    sites: dict[str, Sensor] = {}
    groups: dict[str, list[dict[str, Sensor]]] = {}
    weights: dict[Literal["low", "high"], float] = {}
    numbers: dict[int, float] = {}
    zone: Circle | Box | None = None
    begin: dt.datetime | None = None
    enabled: bool = True


class Checked(Strict):
    low: float
    high: float

    def __post_init__(self):
        if self.low > self.high:
            msg = "low must not exceed high"
            raise ValueError(msg)


class Outer(Strict):
    span: Checked


def fault(text, type_=Plan):
    with pytest.raises(ConfigError) as caught:
        parse_toml(text, type_, "plan.toml")
    no_trail = caught.value.__suppress_context__ or caught.value.__context__ is None
    assert no_trail, "no msgspec or tomllib traceback for people"
    return caught.value


SENSORS = "title = 'x'\n\n[[sensors]]\nrange_km = 1\n\n[[sensors]]\nrange_km = 2\n[[sensors]]\n"

FAULTS = {
    "unknown at the top": (
        "titel = 'x'",
        "plan.toml:1: key 'titel' is not known; nearest valid key: 'title'",
    ),
    "unknown with no likeness": (
        "[zone]\nshape='box'\nqqq = 1",
        "plan.toml:3: key 'zone.qqq' is not known; valid keys: 'shape', 'width_km', 'height_km'",
    ),
    "unknown by letter case": (
        "[sites.a]\nRange_KM = 1",
        "plan.toml:2: key 'sites.a.Range_KM' is not known; nearest valid key: 'range_km'",
    ),
    "unknown in an array of tables": (
        SENSORS + "rnage_km = 3",
        "plan.toml:9: key 'sensors[2].rnage_km' is not known; nearest valid key: 'range_km'",
    ),
    "unknown in an inline table": (
        "sensors = [\n  {range_km = 1},\n  # comment ] }\n  {range_km = 1, bnd = 'L'},\n]",
        "plan.toml:4: key 'sensors[1].bnd' is not known; nearest valid key: 'band'",
    ),
    "unknown in a dictionary": (
        "[sites.alpha]\nrange_km = 1\n[sites.'b c']\nrange = 2",
        "plan.toml:4: key 'sites.\"b c\".range' is not known; nearest valid key: 'range_km'",
    ),
    "deep in dictionaries and lists": (
        "[[groups.north]]\na.range_km = 1\nb.range_km = 2\nc.range_km = -1",
        "plan.toml:4: key 'groups.north[0].c.range_km': expected a number >= 0, got -1",
    ),
    "out of range": (
        SENSORS + "range_km = -5",
        "plan.toml:9: key 'sensors[2].range_km': expected a number >= 0, got -5",
    ),
    "wrong type": (
        SENSORS + "range_km = '3 km'",
        "plan.toml:9: key 'sensors[2].range_km': expected a number, got '3 km'",
    ),
    "wrong type where nothing would do": (
        SENSORS + "range_km = 1\nrounds = 1.5",
        "plan.toml:10: key 'sensors[2].rounds': expected a whole number, got 1.5",
    ),
    "a table is wanted": (
        "sites.a = 3",
        "plan.toml:1: key 'sites.a': expected a table, got 3",
    ),
    "a truth value": ("enabled = 1", "plan.toml:1: key 'enabled': expected true or false, got 1"),
    "got a truth value": (
        "title = true",
        "plan.toml:1: key 'title': expected a text, got true",
    ),
    "missing": (SENSORS + "band = 'L'", "plan.toml:8: key 'sensors[2].range_km' is missing"),
    "missing in a dictionary": (
        "[sites.a]\nrange_km = 1\n[sites.b]\nband = 'L'",
        "plan.toml:3: key 'sites.b.range_km' is missing",
    ),
    "bad enum": (
        SENSORS + "range_km = 1\ncontrol = 'tigt'",
        "plan.toml:10: key 'sensors[2].control': got 'tigt'; nearest valid value: 'tight'",
    ),
    "bad enum with no likeness": (
        SENSORS + "range_km = 1\ncontrol = 7",
        "plan.toml:10: key 'sensors[2].control': got 7; valid values: 'free', 'tight', 'hold'",
    ),
    "bad literal": (
        SENSORS + "range_km = 1\nband = 'x'",
        "plan.toml:10: key 'sensors[2].band': got 'x'; nearest valid value: 'X'",
    ),
    "bad tag": (
        "[zone]\nradius_km = 3\nshape = 'cirle'",
        "plan.toml:3: key 'zone.shape': got 'cirle'; nearest valid value: 'circle'",
    ),
    "missing tag": ("[zone]\nradius_km = 3", "plan.toml:1: key 'zone.shape' is missing"),
    "key of another variant": (
        "[zone]\nshape = 'circle'\nradus_km = 3",
        "plan.toml:3: key 'zone.radus_km' is not known; nearest valid key: 'radius_km'",
    ),
    "bad dictionary key": (
        "[weights]\nlow = 1\nhihg = 2",
        "plan.toml:3: key 'weights.hihg': got 'hihg'; nearest valid value: 'high'",
    ),
    "dictionary key of wrong type": (
        "[numbers]\n1 = 1\ntwo = 2",
        "plan.toml:3: key 'numbers.two': expected a whole number, got 'two'",
    ),
    "too short a list": (
        "title='x'\nsensors = []",
        "plan.toml:2: key 'sensors': expected a list of length >= 1, got a list of length 0",
    ),
    "too long a list": (
        SENSORS + "range_km = 1\nposition = [1,\n2, 3]",
        "plan.toml:10: key 'sensors[2].position': expected a list of length 2, "
        "got a list of length 3",
    ),
    "item of a list": (
        SENSORS + "range_km = 1\nposition = [1,\n'b']",
        "plan.toml:11: key 'sensors[2].position[1]': expected a number, got 'b'",
    ),
    "pattern": (
        SENSORS + "range_km = 1\nname = 'A'",
        "plan.toml:10: key 'sensors[2].name': expected a text matching regex '^[a-z]+$', got 'A'",
    ),
    "date": ("begin = 3", "plan.toml:1: key 'begin': expected a date and time, got 3"),
    "not a number": (
        "sites.a.range_km = nan",
        "plan.toml:1: key 'sites.a.range_km': expected a number >= 0, got nan",
    ),
    "infinite": (
        SENSORS + "range_km = 1\nposition = [\n0,\n-inf]",
        "plan.toml:12: key 'sensors[2].position[1]': expected a finite number, got -inf",
    ),
    "huge": (
        f"numbers.1 = 1{'0' * 400}",
        "plan.toml:1: key 'numbers.1': Number out of range",
    ),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS)
def test_fault(text, message):
    assert str(fault(text)) == message


def test_fault_has_its_parts():
    error = fault(SENSORS + "rnage_km = 3")
    assert (error.file, error.line, error.key) == ("plan.toml", 9, "sensors[2].rnage_km")
    assert error.problem == "key 'sensors[2].rnage_km' is not known"
    assert error.hint == "nearest valid key: 'range_km'"


def test_what_a_type_says_itself_is_passed_on():
    error = fault("\n[span]\nlow = 2\nhigh = 1", Outer)
    assert str(error) == "plan.toml:2: key 'span': low must not exceed high"
    assert str(fault("low = 2\nhigh = 1", Checked)) == "plan.toml:1: low must not exceed high"


def test_missing_at_the_top_is_at_the_first_line():
    assert str(fault("\n\nlow = 1", Checked)) == "plan.toml:1: key 'high' is missing"


SYNTAX = {
    "duplicate key": ("a = 1\nb = 2\na = 3\nc = 4", 3, "given twice"),
    "duplicate at the end": ("a = 1\na = 3", 2, "given twice"),
    "duplicate table": ("[a]\nx = 1\n[a]\n", 3, "given twice"),
    "duplicate inline": ("\na = {b = 1, b = 2}\n", 2, "given twice"),
    "no value": ("title = 'x'\nenabled =\n", 2, "Invalid value"),
    "open text": ("title = 'x'\nname = \"y", 2, "Unterminated string"),
    "two on a line": ("title = 'x' enabled = true", 1, "Expected newline"),
    "nothing but a key": ("title", 1, "Expected '='"),
}


@pytest.mark.parametrize(("text", "line", "problem"), SYNTAX.values(), ids=SYNTAX)
def test_syntax_fault(text, line, problem):
    error = fault(text)
    assert error.line == line
    assert problem in error.problem
    assert error.hint == f"the line reads: {text.splitlines()[line - 1]}"
    assert str(error).startswith(f"plan.toml:{line}: ")


def test_load_reads_a_file(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xef\xbb\xbftitle = 'x'\r\n[sites.a]\r\nrange_km = 3\r\ncontrol = 'free'")
    plan = load_toml(path, Plan)
    assert plan == Plan(title="x", sites={"a": Sensor(range_km=3.0, control=Control.FREE)})
    path.write_bytes(b"title = 'x'\r\n[sites.a]\r\nrange = 3\r\n")
    with pytest.raises(ConfigError, match=r"plan.toml:3: key 'sites.a.range' is not known"):
        load_toml(path, Plan)


def test_files_that_can_not_be_read(tmp_path):
    def message(name):
        with pytest.raises(ConfigError) as caught:
            load_toml(tmp_path / name, Plan)
        assert caught.value.__suppress_context__
        return str(caught.value).removeprefix(str(tmp_path))

    (tmp_path / "plan.toml").write_bytes(b"title = 'x'\nname = '\xff'")
    assert message("plan.toml") == "/plan.toml:2: the text is not UTF-8; save it as UTF-8"
    assert message("pan.toml") == "/pan.toml: there is no such file; nearest file: 'plan.toml'"
    assert message("zzz") == "/zzz: there is no such file"
    assert message("") == ": this is a folder, not a file"
    assert message("no/plan.toml").endswith(f"there is no folder {tmp_path / 'no'}")
    assert message("plan.toml/x").endswith(": can not be read: Not a directory")


def test_types_that_let_unknown_keys_pass_are_refused():
    class Loose(msgspec.Struct):
        x: int = 0

    class Holder(Strict):
        inner: dict[str, list[Loose | None]] = {}

    with pytest.raises(TypeError, match="Loose must be made with forbid_unknown_fields"):
        parse_toml("", Holder)


class Tree(Strict):
    name: str
    branches: list["Tree"] = []


def test_types_that_hold_themselves():
    text = "name = 'a'\n[[branches]]\nname = 'b'\n[[branches.branches]]\nnme = 'c'"
    assert str(fault(text, Tree)) == (
        "plan.toml:5: key 'branches[0].branches[0].nme' is not known; nearest valid key: 'name'"
    )


def test_schema_for_editors():
    schema = json_schema(Plan)
    sensor = schema["$defs"]["Sensor"]
    assert sensor["properties"]["range_km"] == {"type": "number", "minimum": 0}
    assert sensor["additionalProperties"] is False
    assert sensor["required"] == ["range_km"]
