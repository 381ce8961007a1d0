"""Kill probabilities over random evidence: within 0 and 1, monotone, and deaf to labels."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tdome.command.assessment.bayes import BayesAssessor, Weights, probability
from tdome.command.assessment.check import engagement, track
from tdome.command.assessment.evidence import Found
from tdome.command.assignment.sample import sample_plan
from tdome.messages.codes import EngagementState as State

QUICK = settings(max_examples=150, deadline=None)
SHARE = st.floats(-1.0, 2.0)
EVIDENCE = st.fixed_dictionaries(
    {
        "silence": st.floats(0.0, 50.0),
        "age": st.one_of(st.just(-np.inf), st.floats(1.0, 60.0)),
        "since": st.floats(4.0, 60.0),
        "slow": st.one_of(st.just(np.nan), SHARE),
        "slow_sigma": st.floats(0.0, 3.0),
        "lag": st.one_of(st.just(np.nan), SHARE),
        "lag_sigma": st.floats(0.0, 3.0),
        "fainter": st.one_of(st.just(np.nan), st.floats(-40.0, 40.0)),
        "debris": st.sampled_from([0.0, 1.0]),
        "level": st.sampled_from([0.0, 1.0]),
    }
)


def chance(prior, evidence, **changes):
    columns = {name: np.array([value]) for name, value in (evidence | changes).items()}
    return float(probability(Weights(), np.array([prior]), Found(**columns))[0])


@QUICK
@given(prior=st.floats(0.0, 1.0), evidence=EVIDENCE)
def test_it_is_a_probability(prior, evidence):
    assert 0.0 <= chance(prior, evidence) <= 1.0


@QUICK
@given(prior=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0), evidence=EVIDENCE)
def test_it_rises_with_what_speaks_for_a_kill(prior, more, evidence):
    here = chance(prior, evidence) - 1e-12
    assert chance(min(prior + more, 1.0), evidence) >= here
    assert chance(prior, evidence, silence=evidence["silence"] + more) >= here
    assert chance(prior, evidence, lag=evidence["lag"] + more) >= here
    assert chance(prior, evidence, slow=evidence["slow"] + more) >= here
    assert chance(prior, evidence, fainter=evidence["fainter"] + more) >= here
    assert chance(prior, evidence, debris=1.0) >= here


@QUICK
@given(seed=st.integers(0, 10_000))
def test_numbers_and_order_of_tracks_change_nothing(seed):
    rng = np.random.default_rng(seed)
    n = 5
    plan = sample_plan(1)
    one = track(float(rng.uniform(-3.0, 9.0)), float(rng.uniform(0.0, 4.0)))
    names = [name for name in one.__struct_fields__ if name != "header"]
    tracks = structs.replace(one, **{m: np.repeat(getattr(one, m), n, axis=0) for m in names})
    numbers = np.arange(1, n + 1, dtype=np.int32)
    state = rng.normal(0.0, 200.0, (n, 6)) + np.array([0.0, 0.0, 6.37e6, 0.0, 0.0, 0.0])
    tracks = structs.replace(tracks, track_number=numbers, state=state)
    table = engagement(0.7, State.TERMINAL)
    now = int(table.intercept_at[0]) + 10 * 10**9

    def said(relabel, order):
        moved = {m: getattr(tracks, m)[order] for m in names}
        moved["track_number"] = relabel[moved["track_number"]]
        asked = structs.replace(table, track_number=relabel[table.track_number])
        picture = structs.replace(tracks, **moved)
        assessor = BayesAssessor(plan)
        state, _ = assessor.assess(assessor.start(), asked, picture, now - 15 * 10**9)
        return assessor.assess(state, asked, picture, now)[1].kill_probability.tolist()

    plain = said(np.arange(n + 1, dtype=np.int32), np.arange(n))
    shuffled = rng.permutation(n)
    assert said(np.array([0, 40, 7, 93, 12, 5], np.int32), shuffled) == plain
