"""Every measure of a replicate: its name, unit and meaning. The table that reports and docs quote.

A name ends in what it is told by: ``{class}`` a threat class, ``{layer}``, ``{asset}``, ``{site}``
a kind of site, ``{what}`` one of a few words that the meaning names. Names of classes, layers and
assets are those of plan and scenario, as they are written there.
"""

from typing import NamedTuple


class Measure(NamedTuple):
    """One row of the table. ``better``: "less", "more", or "" where neither is."""

    name: str
    unit: str
    better: str
    meaning: str


_FATES = (
    ("launched", "", "hostile objects (decoys too) that were launched"),
    ("engaged", "", "of them, at least one round was ordered at"),
    ("killed", "more", "shot down or led astray"),
    ("leaked", "less", "came down on a defended asset"),
    ("harmless", "", "came down elsewhere, or went home"),
    ("ignored", "", "harmless ones that were never engaged"),
    ("failed", "", "fell back after a launch that did not work"),
    ("flying", "", "still in the air at the end of the run"),
)

MEASURES: tuple[Measure, ...] = (
    *(Measure(fate, "objects", better, meaning) for fate, better, meaning in _FATES),
    *(
        Measure(f"{fate}.class.{{class}}", "objects", better, f"{meaning}; by threat class")
        for fate, better, meaning in _FATES
    ),
    Measure("leaked.asset.{asset}", "objects", "less", "leakers that came down on an asset"),
    Measure("no_leaker", "0/1", "more", "1 where nothing leaked"),
    Measure("value.lost", "value", "less", "expected value lost (the plan's units)"),
    Measure("value.lost.asset.{asset}", "value", "less", "expected value lost of an asset"),
    Measure("value.protected", "value", "more", "value of all assets less what was lost"),
    Measure("value.protected.asset.{asset}", "value", "more", "the same of an asset"),
    Measure("value.undefended", "value", "", "what this raid would have taken without a defence"),
    Measure("value.undefended.asset.{asset}", "value", "", "the same of an asset"),
    Measure("value.saved", "value", "more", "value.undefended - value.lost"),
    Measure("value.saved.asset.{asset}", "value", "more", "the same of an asset"),
    Measure("value.saved_share", "share", "more", "value.saved / value.undefended; null without"),
    Measure("rounds.fired", "rounds", "", "rounds (shots of a beam, bursts) fired"),
    Measure("rounds.fired.layer.{layer}", "rounds", "", "the same of a layer"),
    Measure("rounds.left.layer.{layer}", "rounds", "", "left in launchers that still stand"),
    Measure("rounds.reloaded.layer.{layer}", "rounds", "", "reloaded during the run"),
    Measure("rounds.lost.layer.{layer}", "rounds", "less", "lost with their launchers"),
    Measure("rounds.on_debris", "rounds", "less", "ordered at what was only debris"),
    Measure("cost.defence", "USD", "less", "price of the rounds fired"),
    Measure("cost.defence.layer.{layer}", "USD", "less", "the same of a layer"),
    Measure("cost.attack", "USD", "", "price of all that was launched"),
    Measure("cost.attack_killed", "USD", "", "price of what was killed"),
    Measure("exchange.attack", "ratio", "less", "cost.defence / cost.attack; null without"),
    Measure("exchange.killed", "ratio", "less", "cost.defence / cost.attack_killed; null without"),
    Measure("exchange.per_value", "USD/value", "less", "cost.defence / value.saved; null without"),
    Measure("kills.layer.{layer}", "objects", "more", "hits by a layer"),
    Measure("dry.layer.{layer}", "0/1", "less", "1 where a layer ran out of ready rounds"),
    Measure("dry.after.layer.{layer}", "s", "more", "when, from the start; null for never"),
    Measure("dry.any", "0/1", "less", "1 where any layer ran out"),
    Measure("dry.after", "s", "more", "when the first one did; null for never"),
    Measure("warning.impacts", "impacts", "", "impacts in warning zones"),
    Measure("warning.missed", "impacts", "less", "of them, no alert stood"),
    Measure("warning.early", "impacts", "more", "of them, warned 30 s or more before"),
    Measure("warning.lead.median", "s", "more", "median lead of alerts over impacts; null without"),
    Measure("warning.lead.shortest", "s", "more", "shortest lead; null without"),
    Measure("warning.notice.median", "s", "more", "median time from the first word; null without"),
    Measure("warning.alerts", "alerts", "", "alerts to take shelter"),
    Measure("warning.false", "alerts", "less", "of them, nothing came down whole while they stood"),
    Measure("warning.false.averted", "alerts", "", "of those, what was coming was shot down"),
    Measure("warning.false.debris", "alerts", "", "of those, only debris came down"),
    Measure("warning.false.idle", "alerts", "less", "of those, nothing was ever to come"),
    Measure("warning.zone_minutes", "min", "less", "minutes under alert, summed over zones"),
    Measure("warning.idle_zone_minutes", "min", "less", "of them, by idle alerts"),
    Measure("warning.idle_area", "km2 h", "less", "the same by area"),
    Measure("warning.notices", "notices", "", "early notices that never became alerts"),
    Measure("warning.notices_wrong", "notices", "less", "of them, nothing came"),
    Measure("warning.flaps", "alerts", "less", "warnings soon after their zone's all-clear"),
    Measure("civil.exposed", "people", "less", "expected people under impacts and debris"),
    Measure("civil.unsheltered", "people", "less", "of them, in no shelter"),
    Measure("civil.exposed.{what}", "people", "less", "the same by cause: impact, debris"),
    Measure("civil.unsheltered.{what}", "people", "less", "the same by cause: impact, debris"),
    Measure("civil.events.{what}", "events", "less", "things that came down: impact, debris"),
    Measure("civil.unknown.{what}", "events", "", "of them, where no population is known"),
    Measure("flights.engaged", "orders", "less", "orders at civil or friendly flights"),
    Measure("flights.bursts_near", "events", "less", "bursts near such flights"),
    Measure("flights.wrecks_near", "events", "less", "wrecks that fell past such flights"),
    Measure("time.first_leak", "s", "more", "first leaker that harms, from the start; or null"),
    Measure("time.first_leak.undefended", "s", "", "the same without a defence; or null"),
    Measure("time.bought.first", "s", "more", "their difference; null where either is"),
    Measure("time.bought", "s", "more", "mean delay of the loss within the raid; null if none"),
    Measure("time.bought.asset.{asset}", "s", "more", "the same of an asset; or null"),
    Measure("sites.lost.{site}", "sites", "less", "sensor, fire unit, command post put out"),
    Measure("sites.hits", "hits", "less", "hits that put a site out of action"),
    Measure("sites.for_good", "sites", "less", "sites lost for good"),
    Measure("sites.down", "s", "less", "time out of action, summed over sites"),
    Measure("decisions.{what}", "decisions", "", "engagements that were recommended, approved,"
            " denied, unanswered, ordered, ceased, refused"),
    Measure("picture.{what}", "", "", "SIAP attributes of the air picture"),
    Measure("control.hits", "hits", "", "sum over rounds of hit - chance: has mean zero"),
    Measure("control.hits.class.{class}", "hits", "", "the same of rounds at a class"),
    Measure("control.hits.layer.{layer}", "hits", "", "the same of rounds of a layer"),
)  # fmt: skip

OF_RARE: tuple[Measure, ...] = (
    Measure("rare", "probability", "", "of the event of [rare], by a tree: take the mean"),
    Measure("rare.plain", "0/1", "", "1 where the run itself came to the event"),
    Measure("rare.cost", "runs", "", "what the tree cost, in decisions of its run"),
    Measure("rare.branches", "branches", "", "branches of the tree"),
    Measure("rare.passed.{level}", "probability", "", "to come over a level of [rare]"),
)
"""What the engine ``splitting`` adds."""

NO_LEAKER, RARE = "no_leaker", "rare."
SCREENED = "control.screen."
"""Before a measure: its control from a screening (engine ``screened``), which has mean zero too."""


def measure_of(name: str) -> Measure:
    """Return the row that a measure's name belongs to. Raises KeyError where there is none."""
    known = MEASURES + OF_RARE
    for measure in known:
        if measure.name == name:
            return measure
    matching = [m for m in known if "{" in m.name and name.startswith(m.name.split("{")[0])]
    if not matching:
        raise KeyError(name)
    return max(matching, key=lambda measure: len(measure.name.split("{")[0]))
