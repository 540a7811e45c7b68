"""Dashboard, alerts and autoscaler read only what is really exported: by a running gateway, and by TensorFlow Serving."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.model_card import ModelCard
from serving.gateway import keys
from serving.gateway.metrics import Metrics as GatewayMetrics
from serving.model_server.metrics import Metrics
from tests.k8s.rendered import K8S, of_kind, one
from tests.serving.gateway.running import Running

# Of Prometheus itself, and of kube-state-metrics (docs/metrics/workload/job-metrics.md there).
OTHERS = {"up", "kube_job_status_failed"}
LABELS_OF_A_TARGET = {"namespace", "pod", "job", "le"}
_NAME = re.compile(r"(?<![\w:\"$])([a-zA-Z_:][\w:]*)(?=\s*(?:\{|\[|\)|==|>|$))")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
_AGGREGATIONS = {"by", "sum", "min", "max", "rate", "increase", "absent", "histogram_quantile"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, make_card: Any) -> Iterator[dict[str, str]]:
    """Type by name of the metrics of a gateway that runs, as Prometheus gets them: with the key of k8s/secrets.sh's kind."""
    folder = tmp_path_factory.mktemp("gateway")
    card: ModelCard = make_card(inputs={"Age": {"type": "number", "tensor": "Age"}})
    card.write(folder / "models" / "titanic" / "1")
    file = folder / "gateway_keys.json"
    token = keys.add(file, "prometheus", None)
    options = ("--models", str(folder / "models"), "--keys", str(file), "--upstream", "127.0.0.1:9")
    running = Running(folder / "run", *options)
    try:
        assert running.http.get("/metrics").status_code == 401
        page = running.http.get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    finally:
        running.stop()
    yield types(page) | types(Metrics().render().decode())


def types(page: str) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\w+)$", page, re.MULTILINE))


def series(exported: dict[str, str]) -> set[str]:
    """The names that can be asked for."""
    parts = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
    return {f"{name}{part}" for name, kind in exported.items() for part in parts[kind]}


def dashboard() -> dict[str, Any]:
    (found,) = [c for c in of_kind("cpu", "ConfigMap") if c["metadata"]["name"].startswith("slipway-dashboard")]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    document: dict[str, Any] = json.loads(found["data"]["slipway.json"])
    return document


def expressions() -> dict[str, str]:
    """Every PromQL expression by where it is."""
    found = {
        f"panel {panel['title']}: {target['refId']}": target["expr"]
        for panel in dashboard()["panels"]
        for target in panel.get("targets", [])
    }
    for group in one("cpu", "PrometheusRule", "slipway")["spec"]["groups"]:
        found |= {f"alert {rule['alert']}": rule["expr"] for rule in group["rules"]}
    return found


def metric_names(expression: str) -> set[str]:
    """Names of metrics in an expression: what is left when labels, strings, functions and variables are gone."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    bare = re.sub(r"\bby \([^)]*\)", "", bare)
    bare = re.sub(r"\{[^}]*\}", "{}", bare)
    bare = re.sub(r"\[[^\]]*\]", "[]", bare)
    return set(_NAME.findall(bare)) - _AGGREGATIONS


def test_every_metric_that_is_read_is_exported(exported: dict[str, str]) -> None:
    known = series(exported) | OTHERS
    for where, expression in expressions().items():
        used = metric_names(expression)
        assert used and used <= known, f"{where}: {used - known}"
    for variable in dashboard()["templating"]["list"][1:]:
        asked = re.match(r"label_values\((\w+)", variable["definition"])
        assert asked and asked[1] in known


def test_prometheus_could_read_every_expression() -> None:
    parser = pytest.importorskip("promql_parser", reason="the package promql-parser is not installed")
    for where, expression in expressions().items():
        for variable, value in (("$__rate_interval", "1m"), ("$namespace", "slipway"), ("$model", "digits")):
            expression = expression.replace(variable, value)
        assert "$" not in expression and parser.parse(expression), where


def test_the_names_are_found_where_they_stand() -> None:
    assert metric_names('sum by (le) (rate(:a:b_bucket{x="y", z=~"(q)"}[5m])) / max(c) > 2') == {":a:b_bucket", "c"}
    assert metric_names('absent(up{job="z"} == 1)') == {"up"} and metric_names("max by (m) (d_e) == 2") == {"d_e"}


def test_rates_are_of_counters_and_quantiles_of_histograms(exported: dict[str, str]) -> None:
    for where, expression in expressions().items():
        for name in re.findall(r"(?:rate|increase)\(([\w:]+)", expression):
            base = re.sub(r"_bucket$", "", name)
            assert exported.get(name) == "counter" or exported[base] == "histogram", (where, name)
        if "_bucket" in expression:
            assert "le" in re.findall(r"by \(([^)]*)\)", expression)[0].replace(" ", "").split(","), where


def label_names() -> dict[str, set[str]]:
    """The labels of each metric, as its server declares them."""
    gateway = {m._name: set(m._labelnames) for m in vars(GatewayMetrics()).values() if hasattr(m, "_labelnames")}
    return gateway | {m.name: set(m._labels) for m in vars(Metrics()).values() if hasattr(m, "_labels")}


def test_labels_are_those_of_the_metric() -> None:
    declared = label_names()
    for where, expression in expressions().items():
        for name, inner in _SELECTOR.findall(expression):
            base = re.sub(r"_(bucket|total)$", "", name)
            known = declared.get(name, declared.get(base, set())) | LABELS_OF_A_TARGET
            used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inner))
            assert name in OTHERS or used <= known, (where, name, used - known)


def test_the_autoscaler_asks_for_what_the_adapter_makes(exported: dict[str, str]) -> None:
    metrics = one("cpu", "HorizontalPodAutoscaler", "slipway-gateway")["spec"]["metrics"]
    assert [metric["type"] for metric in metrics] == [
        "Pods",
        "Resource",
    ]  # the second one where the first has no answer
    (rule,) = yaml.safe_load((K8S / "components/monitoring/adapter-values.yaml").read_text())["rules"]["custom"]
    assert metrics[0]["pods"]["metric"]["name"] == rule["name"]["as"]
    asked = re.match(r"[\w:]+", rule["seriesQuery"])
    assert asked and exported[asked[0]] == "counter" and re.fullmatch(rule["name"]["matches"], asked[0])
    assert 'method="POST"' in rule["metricsQuery"] and rule["resources"]["overrides"].keys() == {"namespace", "pod"}


def test_without_the_adapter_there_is_the_processor_alone() -> None:
    base = yaml.safe_load_all((K8S / "base/gateway/scaling.yaml").read_text())
    assert [metric["type"] for metric in next(iter(base))["spec"]["metrics"]] == ["Resource"]


def test_alerts_say_what_to_do() -> None:
    for group in one("cpu", "PrometheusRule", "slipway")["spec"]["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("warning", "critical")
            assert {"summary", "description"} <= rule["annotations"].keys()


def test_monitors_are_scraped_where_the_servers_answer() -> None:
    gateway, serving = (
        one("cpu", "ServiceMonitor", name)["spec"]["endpoints"][0] for name in ("slipway-gateway", "slipway-serving")
    )
    assert (
        gateway["path"] == "/metrics" and gateway["authorization"]["credentials"]["name"] == "slipway-gateway-metrics"
    )
    monitoring = Path(K8S / "base/serving/config/monitoring.config").read_text()
    assert f'path: "{serving["path"]}"' in monitoring and "enable: true" in monitoring


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24
        taken |= cells
