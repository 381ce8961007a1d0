"""The bar of issue 3: at the peak of civil traffic no flight may be endangered."""

import tdome as td


def test_none_of_400_civil_flights_is_endangered(tmp_path):
    run = td.run("civil-traffic-peak", out=tmp_path / "run")
    found = run.outcome.airspace
    assert found.flights == 404
    assert found.bursts > 20  # there was a fight
    assert found.engaged == 0
    assert found.bursts_near == 0
    assert found.wrecks_near == 0
    assert not found.endangered
