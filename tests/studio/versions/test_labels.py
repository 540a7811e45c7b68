"""Two versions of a model that answers several labels, side by side in the studio."""

from registry import version_map
from schemas.home import Home
from studio.versions import comparison
from tests.reports import dossiers, models


def test_a_metric_is_named_with_its_label_and_tested(tmp_path) -> None:
    home, bounds = Home(tmp_path, tmp_path), [0.5, 3.0, 0.5]
    root = home.registry("tumours")
    dossiers.write_several(root, models.passengers(0.01), bounds)
    better = models.passengers(0.1)
    better[1].answers = better[1].labels + (better[1].answers - better[1].labels) / 10
    dossiers.write_several(root, better, bounds, version="1.1.0", previous="1.0.0")
    one, other = (comparison.side_of(home, "tumours", str(entry.version)) for entry in version_map.entries(root))
    found = comparison.compare("tumours", one, other)
    tested = {metric.metric: metric.significant for metric in found.metrics}
    assert tested["radius.rmse"] is True and None not in tested.values()
    assert "answers to radius differ" in found.notes[-1]
