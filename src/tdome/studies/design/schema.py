"""STUDY.toml: the question, what is varied, in what design, and when it is enough."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from tdome.plan.schema import Name

Value: TypeAlias = bool | int | float | str | list[bool | int | float | str]
"""What a level may be: what stands at one key of a plan or scenario."""

Whole = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1e15)]
Text = Annotated[str, msgspec.Meta(max_length=10_000)]


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which points there are, and how many replicates each gets.

    kind: ``full-factorial`` (all combinations of levels), ``latin-hypercube`` and ``sobol``
    (``points`` of them, over low..high), ``saltelli`` (for Sobol indices: points * (factors + 2)
    of them), ``budget`` (mixes of [[lines]] for the same ``money``, which is cut into ``parts``:
    :mod:`tdome.studies.design.mixes`), ``list`` (the arms alone). Arms are crossed with the points
    of the other kinds. replicates: of each point, the most of them with a [stop].
    common_random_numbers: replicate r has the same seed at each point, so that points are compared
    under the same raid, weather and luck.
    """

    kind: Literal["full-factorial", "latin-hypercube", "sobol", "saltelli", "budget", "list"] = (
        "full-factorial"
    )
    points: Whole | None = None
    money: Positive | None = None
    parts: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    replicates: Whole = 20
    seed: Seed = 1
    common_random_numbers: bool = True


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Stop a point as soon as the 95 % interval of the mean of ``measure`` is tight.

    against: label of a point; then it is the interval of the difference to that point, replicate by
    replicate under common random numbers, and that point goes on as long as any other does.
    half_width: in the measure's unit; relative: as a share of the mean (of the difference); with
    both, either is enough. Looks are taken after ``floor`` replicates and every ``batch`` more.
    rule ``t``: Student's interval, tight at two looks in a row, for looks at those times only;
    ``any-time``: a confidence sequence, right at whatever time one looks, for two to three times
    the replicates.
    """

    measure: Name
    against: Text | None = None
    half_width: Positive | None = None
    relative: Annotated[float, msgspec.Meta(gt=0.0, le=10.0)] | None = None
    floor: Annotated[int, msgspec.Meta(ge=2, le=1_000_000)] = 64
    batch: Whole = 32
    rule: Literal["t", "any-time"] = "t"


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The most that the study may take: wall time over all sessions, or replicates of all points.

    What is done when the time is over depends on the machine; replicates do not.
    """

    seconds: Positive | None = None
    replicates: Annotated[int, msgspec.Meta(ge=1, le=10**12)] | None = None


class Rare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An event to be found by splitting (engine ``splitting``).

    measure: ``value.lost`` or ``leaked`` (of a class or an asset too), which must come ``above`` a
    number; or ``no_leaker``. levels: on the way, ascending: of the measure, where raiders that were
    missed and still fly count in part; of ``no_leaker`` how many raiders are gone while none has
    leaked. Without them a screening chooses. branches: into how many a run is split at each.
    """

    measure: Name
    above: float | None = None
    levels: tuple[float, ...] = ()
    branches: Annotated[int, msgspec.Meta(ge=2, le=100)] = 4


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that is varied.

    path: one or more places in plan, scenario or catalogue (:mod:`tdome.studies.design.paths`),
    all of which get the value; name: of its column. ``levels`` or the range low..high (of a
    catalogue number its own range, where nothing is said); ``steps``: how many evenly spaced levels
    of the range in a full-factorial design. scale: multiply what is
    there instead of replacing it. log: the range is even in its logarithm.
    """

    name: Name
    path: Name | Annotated[list[Name], msgspec.Meta(min_length=1)]
    levels: Annotated[list[Value], msgspec.Meta(min_length=1, max_length=10_000)] | None = None
    low: float | None = None
    high: float | None = None
    steps: Annotated[int, msgspec.Meta(ge=2, le=10_000)] | None = None
    scale: bool = False
    log: bool = False


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one of a line costs, in USD, with the range that is said of it and who says so."""

    value: Positive
    low: Positive
    high: Positive
    source: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]

    def __post_init__(self) -> None:
        """Refuse a price outside of its own range."""
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"low <= value <= high expected, got {self.low}, {self.value}, {self.high}"
            )


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that the money of a budget buys.

    path: one or more places of whole numbers, to which what is bought is shared out as evenly as
    can be; name: of its column, how many are bought in all. price: of one, a catalogue number
    (``catalogue.effectors.short-range.round_cost_usd``) or written out. on_top: bought in addition
    to what is there, not instead of it.
    """

    name: Name
    path: Name | Annotated[list[Name], msgspec.Meta(min_length=1)]
    price: Name | Price
    on_top: bool = False


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One named alternative: another plan file or policy, keys that it sets or multiplies."""

    name: Name
    plan: Name | None = None
    policy: Name | None = None
    set: dict[Name, Value] = {}
    scale: dict[Name, float] = {}


class StudyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole study. scenario: a bundled name, or a path beside this file; plan: not its own one.

    policy: ``file.py:function`` beside this file, which decides instead of the plan's doctrine
    (engine screening). measures: those that the question is about, shown first.
    """

    name: Name
    question: Text = ""
    description: Text = ""
    scenario: Name
    plan: Name | None = None
    policy: Name | None = None
    measures: list[Name] = []
    engine: Name = "stepwise"
    design: Design = Design()
    stop: Stop | None = None
    budget: Budget = Budget()
    rare: Rare | None = None
    factors: list[Factor] = []
    lines: Annotated[list[Line], msgspec.Meta(max_length=20)] = []
    arms: list[Arm] = []


def varied_names(file: StudyFile) -> list[str]:
    """Return the names of all that varies from point to point: lines, then factors."""
    return [line.name for line in file.lines] + [factor.name for factor in file.factors]
