import pytest

from pipelines.kubeflow.taints import Taint, barring


@pytest.mark.parametrize(
    ("toleration", "taint", "tolerated"),
    [
        ({"key": "a", "operator": "Exists"}, Taint("a", "x", "NoExecute"), True),
        ({"key": "a", "operator": "Exists", "effect": "NoSchedule"}, Taint("a", "x", "NoExecute"), False),
        ({"operator": "Exists"}, Taint("b", "x"), True),
        ({"key": "a", "operator": "Equal", "value": "x"}, Taint("a", "x"), True),
        ({"key": "a", "value": "y"}, Taint("a", "x"), False),
        ({"key": "a", "operator": "Equal"}, Taint("a", "x"), False),
        ({"key": "b", "operator": "Exists"}, Taint("a", "x"), False),
        ({"key": "b", "operator": "Exists"}, Taint("a", "x", "PreferNoSchedule"), True),
    ],
)
def test_taints_keep_away_pods_that_do_not_tolerate_them(
    toleration: dict[str, str], taint: Taint, tolerated: bool
) -> None:
    assert barring([taint], [toleration]) == ([] if tolerated else [taint])


def test_every_taint_needs_a_toleration_of_its_own() -> None:
    taints = [Taint("nvidia.com/gpu"), Taint("spot")]
    both = [{"key": taint.key, "operator": "Exists"} for taint in taints]
    assert barring(taints, both) == [] and barring(taints, both[:1]) == taints[1:] and barring(taints, []) == taints
