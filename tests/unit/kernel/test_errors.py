import pickle

from tdome.kernel.errors import CausalityError, ConfigError, JournalError, TdomeError


def test_every_error_has_its_own_exit_code():
    kinds = [TdomeError, ConfigError, JournalError, CausalityError]
    assert len({kind.exit_code for kind in kinds}) == len(kinds)
    assert all(issubclass(kind, TdomeError) and kind.exit_code > 0 for kind in kinds)


def test_config_error_survives_the_way_between_processes():
    error = ConfigError("plan.toml", 3, "a.b", "key 'a.b' is missing", "add it")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(copy) == str(error) == "plan.toml:3: key 'a.b' is missing; add it"
    assert (copy.file, copy.line, copy.key) == ("plan.toml", 3, "a.b")
    assert (copy.problem, copy.hint) == ("key 'a.b' is missing", "add it")


def test_unknown_name_comes_with_its_nearest_or_with_all():
    def hint(name):
        return ConfigError.unknown(file="p", key="k", name=name, valid=["greedy-v1", "exact-v1"])

    assert (
        str(hint("gredy-v1"))
        == "p: key 'k': 'gredy-v1' is not known; nearest valid name: 'greedy-v1'"
    )
    assert str(hint("zzz")) == "p: key 'k': 'zzz' is not known; valid: exact-v1, greedy-v1"
