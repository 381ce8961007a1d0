"""From fire plan to kill assessment: what is proposed, approved, ordered, reported and judged."""

from tdome.messages.base import Codes, Floats, Ints, Longs, Message, Singles


class FirePlan(Message, frozen=True, kw_only=True):
    """The options that weapon assignment considered at ``header.valid_at``, taken and not taken.

    Rows with unit -1 speak of a threat as a whole (no unit was even tried), the others of one
    (track, unit) pair. track_number: (n,). unit: (n,) row in plan.units or -1. rounds: (n,).
    launch_at, intercept_at: (n,) int ns, 0 where no firing solution exists. last_launch_at: (n,)
    int ns, end of the launch window: a later launch meets the predicted path nowhere.
    intercept_ecef: (n, 3) predicted intercept point, ECEF, m (nan if none). pk: (n,) believed kill
    probability of the whole salvo; pk_low, pk_high: (n,) with the low and the high of the
    catalogue. rounds_after: (n,) rounds that the unit would have left and unpromised with this
    option and all that this plan takes besides. loss_without: (n,) expected loss if nobody engages
    the threat; with the option it is loss_without (1 - saving). saving: (n,) share of it that is
    averted: the kill probability against what would do harm, decoys left out. marginal_return: (n,)
    expected value saved minus the price of the rounds. reason: (n,) Reason; CHOSEN marks what is
    recommended.
    """

    track_number: Ints
    unit: Ints
    rounds: Ints
    launch_at: Longs
    last_launch_at: Longs
    intercept_at: Longs
    intercept_ecef: Floats
    pk: Singles
    pk_low: Singles
    pk_high: Singles
    saving: Singles
    rounds_after: Ints
    loss_without: Floats
    marginal_return: Floats
    reason: Codes


class Recommendations(Message, frozen=True, kw_only=True):
    """Engagements put before the operator.

    engagement: (n,) engagement number. answer_by: (n,) int ns; with no answer by then the default
    is hold fire.
    """

    engagement: Ints
    track_number: Ints
    unit: Ints
    rounds: Ints
    launch_at: Longs
    intercept_at: Longs
    pk: Singles
    marginal_return: Floats
    answer_by: Longs


class Grounds(Message, frozen=True, kw_only=True):
    """What recommendations rest on: their tracks and threats as believed at ``header.valid_at``.

    One row for each row of the Recommendations of that instant, in their order, so that every
    number told of them can be computed again from the record. state: (n, 6) ECEF, m and m/s. The
    other columns are those of Threats.
    """

    engagement: Ints
    track_number: Ints
    state: Floats
    identity: Codes
    because: Codes
    class_probability: Singles
    family: Codes
    inv_beta: Floats
    impact_at: Longs
    value_at_risk: Floats
    likely_asset: Ints
    likely_hit: Singles
    likely_loss: Floats
    decoy_probability: Singles
    priority: Floats
    group: Ints


class OperatorDecisions(Message, frozen=True, kw_only=True):
    """Answers of a person (or of the simulated operator of a run). answer: (n,) Answer."""

    operator: str
    engagement: Ints
    answer: Codes


class EngagementOrders(Message, frozen=True, kw_only=True):
    """Authorised orders. Only the simulated world accepts this type. kind: (n,) OrderKind."""

    engagement: Ints
    track_number: Ints
    unit: Ints
    rounds: Ints
    kind: Codes
    launch_at: Longs
    intercept_at: Longs
    intercept_ecef: Floats


class InterceptUpdates(Message, frozen=True, kw_only=True):
    """In-flight update: the newest predicted intercept point and time of an engagement (ECEF.

    M; int ns).
    """

    engagement: Ints
    intercept_at: Longs
    intercept_ecef: Floats


class EngagementReports(Message, frozen=True, kw_only=True):
    """A fire unit tells how its engagements stand.

    engagement: (n,). unit: (n,). state: (n,) EngagementState (LAUNCHED, TERMINAL, REFUSED).
    rounds: (n,) rounds spent by this event. rounds_left: (n,) in the unit's magazine. reason: (n,)
    Reason.
    """

    engagement: Ints
    unit: Ints
    state: Codes
    rounds: Ints
    rounds_left: Ints
    reason: Codes


class UnitStatus(Message, frozen=True, kw_only=True):
    """A fire unit tells its state: at the start, and whenever it changes but by its own fire.

    unit: (n,) row in plan.units. operating: (n,) 1 if it can fight, 0 while it is hit, moves or is
    otherwise down. rounds_left: (n,) ready rounds. channels: (n,) channels of fire that work.
    site: (n,) where it stands: 0 its first site, k that of its k-th planned move.
    """

    unit: Ints
    operating: Codes
    rounds_left: Ints
    channels: Ints
    site: Ints


class Engagements(Message, frozen=True, kw_only=True):
    """The table of engagements on the decision side, ordered by engagement number.

    The columns are those of Recommendations plus state: (n,) EngagementState, state_at: (n,) int
    ns when it was entered, verdict: (n,) Verdict, reason: (n,) Reason of a refusal or CHOSEN,
    intercept_ecef: (n, 3) ECEF, m.
    """

    engagement: Ints
    track_number: Ints
    unit: Ints
    rounds: Ints
    state: Codes
    state_at: Longs
    launch_at: Longs
    intercept_at: Longs
    intercept_ecef: Floats
    pk: Singles
    marginal_return: Floats
    answer_by: Longs
    verdict: Codes
    reason: Codes


class Magazines(Message, frozen=True, kw_only=True):
    """What the decision side believes of each fire unit, in the order of plan.units.

    rounds_left: (u,) ready rounds not yet promised to an engagement. channels_busy: (u,) channels
    of fire in use. channels: (u,) channels that work, 0 where the unit is down. next_launch_at:
    (u,) int ns before which no further launch is possible (salvo spacing). site: (u,) where it
    stands (see UnitStatus).
    """

    rounds_left: Ints
    channels_busy: Ints
    channels: Ints
    next_launch_at: Longs
    site: Ints


class KillAssessments(Message, frozen=True, kw_only=True):
    """Judgement of engagements from evidence. kill_probability: (n,). verdict: (n,) Verdict.

    Missed/hits: evidence.
    """

    engagement: Ints
    track_number: Ints
    kill_probability: Singles
    verdict: Codes


class Refusals(Message, frozen=True, kw_only=True):
    """What command did not do, and why: one row when the reason for a track changes.

    Unit -1 means any unit.
    """

    track_number: Ints
    unit: Ints
    engagement: Ints
    reason: Codes
