"""How ``tdome explain`` tells of a recommendation: prose for its grounds, options in a table."""

from rich.table import Table

from tdome.app.screen import QUIET, counted, out, say, say_indented, table
from tdome.score.decision import Decision, Option

MOST_OPTIONS = 12

_WORSE = {
    "BETTER_OPTION": "returns less",
    "LOW_RETURN": "saves less than its rounds are worth",
    "RESERVED": "keeps its rounds for what is worth more, or for later",
    "UNDECIDED": "can wait until it is clearer where it comes down",
    "NO_CHANNEL": "no channel of fire or guidance is free",
    "NO_ROUNDS": "has no rounds left",
    "NO_LAUNCH_WINDOW": "can not launch in time, or not yet",
    "OUT_OF_ENVELOPE": "the path never enters its envelope",
    "UNIT_NOT_SUITED": "not suited for this class",
    "UNIT_DOWN": "is down",
    "UNIT_REFUSED": "refused this track a short while ago",
    "UNIT_SILENT": "did not answer",
    "FIRE_ZONE": "could meet it only where a fire zone forbids it",
    "NO_SENSOR": "its own radar does not see the track",
    "WEAPONS_HOLD": "is on HOLD",
    "IDENTITY_NOT_HOSTILE": "may fire at hostile tracks only",
}


def tell_decision(decision: Decision, start: int) -> None:
    """Print one recommendation: what was at stake, what was chosen, what was worse elsewhere."""
    chosen, others = decision.options[0], decision.options[1:]
    say("")
    say(
        f"E{decision.engagement} at {(decision.at - start) / 1e9:.1f} s: {chosen.unit}, "
        f"{counted(chosen.rounds, 'round')} at T{decision.track_number}",
        "bold",
    )
    say_indented(grounds_in_words(decision))
    say_indented(choice_in_words(chosen, decision))
    out().print(_options([chosen, *[o for o in others if o.place is not None]]))
    without = [option for option in others if option.place is None]
    for reason in sorted({option.reason for option in without}):
        units = [option.unit for option in without if option.reason == reason]
        more = f" and {len(units) - 4} more" if len(units) > 4 else ""  # noqa: PLR2004
        say(f"  {reason} ({_WORSE.get(reason, 'refused')}): {', '.join(units[:4])}{more}", QUIET)


def grounds_in_words(decision: Decision) -> str:
    """Say why at this track: identity, class, what is at stake and where."""
    classes = ", ".join(f"{name} {share:.0%}" for name, share in decision.classes[:3])
    because = decision.because.lower().replace("_", " ")
    stakes = ", ".join(
        f"{stake.loss:.3g} at {stake.asset} (hit {stake.hit:.2f})" for stake in decision.stakes
    )
    due = "" if decision.to_go_s is None else f" It is due in {decision.to_go_s:.1f} s."
    group = (
        f" It flies with the group of T{decision.group}."
        if decision.group not in {-1, decision.track_number}
        else ""
    )
    return (
        f"Why this track: {decision.identity.lower()} ({because}); {classes}; decoy "
        f"{decision.decoy:.0%}.{due}{group} If nobody engages, {decision.loss_without:.4g} of "
        f"value is expected to be lost: {stakes or 'nowhere'}, {decision.elsewhere:.3g} elsewhere. "
        f"Priority {decision.priority:.4g} = {decision.loss_without:.4g} x urgency "
        f"{decision.urgency:.3f}."
    )


def choice_in_words(chosen: Option, decision: Decision) -> str:
    """Say what was recommended, with its window, place, kill probability and what is left."""
    lat, lon, height = chosen.place or (0.0, 0.0, 0.0)
    return (
        f"What: launch between {_seconds(chosen.opens_s)} and {_seconds(chosen.closes_s)} from "
        f"then, planned at the first; intercept at {_seconds(chosen.intercept_s)}, "
        f"{lat:.3f} N {lon:.3f} E, {height / 1e3:.1f} km high. Pk {chosen.pk:.3f} "
        f"({chosen.pk_low:.3f} to {chosen.pk_high:.3f} over what the catalogue leaves open). "
        f"It averts {chosen.saving:.3f} of the loss (Pk against what would do harm): expected "
        f"loss {decision.loss_without:.4g} without, {chosen.loss_with:.4g} with it; "
        f"return {chosen.marginal_return:.4g} after the price of its rounds; "
        f"{counted(chosen.rounds_after, 'round')} left at the unit."
    )


def _options(options: list[Option]) -> Table:
    made = table(
        "Options with a firing solution", "unit", "why", "window s", "meets s", "rounds", "Pk",
        "low-high", "loss", "return", "left", texts=2,
    )  # fmt: skip
    best = options[0].marginal_return
    for option in options[:MOST_OPTIONS]:
        less = (
            f" by {best - option.marginal_return:.3g}" if option.reason == "BETTER_OPTION" else ""
        )
        made.add_row(
            option.unit,
            option.reason + less,
            f"{option.opens_s or 0.0:.1f}-{option.closes_s or 0.0:.1f}",
            f"{option.intercept_s or 0.0:.1f}",
            f"{option.rounds}",
            f"{option.pk:.3f}",
            f"{option.pk_low:.2f}-{option.pk_high:.2f}",
            f"{option.loss_with:.3g}",
            f"{option.marginal_return:.3g}",
            f"{option.rounds_after}",
        )
    hidden = len(options) - MOST_OPTIONS
    made.caption = f"{hidden} more with less return: --json has all" if hidden > 0 else None
    return made


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
