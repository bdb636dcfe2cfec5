"""The manifests of docs/kubernetes: against Kubernetes' schemas, against each other, and what they start."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner

from cloudbase_ocr.cli import main
from cloudbase_ocr.commands.options import variable_of
from cloudbase_ocr.settings import Settings
from tests import needs, processes
from tests.docs.image import ROOT, instructions, words_of
from tests.docs.page_blocks import read, shell_lines
from tests.docs.test_readme import COMMAND
from tests.docs.test_self_hosting import ACCOUNT, PAGE
from tests.redis_server import PROGRAM, RedisServer

FOLDER = ROOT / "docs/kubernetes"
MANIFESTS: dict[str, dict[str, Any]] = {
    one["kind"]: one
    for path in sorted(FOLDER.glob("*.yaml"))
    for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
}
POD: dict[str, Any] = MANIFESTS["Deployment"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
SECRET: dict[str, str] = MANIFESTS["Secret"]["stringData"]
VERSIONS = ("1.31", "1.34", "1.37")
REPLACED = {
    "accounts.txt": ACCOUNT,
    "control-token": "one-more-long-secret",
}


def environment(secret: dict[str, str]) -> dict[str, str]:
    """Return the container's variables, those from the Secret with the values that it has."""
    return {
        each["name"]: each["value"] if "value" in each else secret[each["valueFrom"]["secretKeyRef"]["key"]]
        for each in CONTAINER["env"]
    }


def probed(name: str) -> str:
    path: str = CONTAINER[name]["httpGet"]["path"]
    return path


def test_every_kind_is_there_and_one_label_binds_them() -> None:
    assert set(MANIFESTS) == {
        "Deployment",
        "Service",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "Secret",
    }
    labels = POD["metadata"]["labels"]
    assert MANIFESTS["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["Service"]["spec"]["selector"] == labels
    assert MANIFESTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    target = MANIFESTS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", MANIFESTS["Deployment"]["metadata"]["name"])
    assert "replicas" not in MANIFESTS["Deployment"]["spec"], "applying it again would undo the autoscaler"


def test_ports_are_those_of_the_image_and_of_the_variables() -> None:
    ports = {each["name"]: each["containerPort"] for each in CONTAINER["ports"]}
    assert ports["http"] == int(instructions("ocr", "EXPOSE")[-1])
    assert str(ports["metrics"]) == environment(SECRET)["CLOUDBASE_OCR_METRICS_PORT"]
    assert POD["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    (service,) = MANIFESTS["Service"]["spec"]["ports"]
    assert service["targetPort"] in ports
    rules = MANIFESTS["NetworkPolicy"]["spec"]["ingress"]
    assert [port["port"] for rule in rules for port in rule["ports"]] == [ports["http"], ports["metrics"]]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert CONTAINER[probe]["httpGet"]["port"] == "http"


def test_variables_are_settings_and_no_service_makes_others() -> None:
    assert set(environment(SECRET)) <= {variable_of(name) for name in vars(Settings())}
    assert POD["spec"]["enableServiceLinks"] is False
    (name,) = {each["valueFrom"]["secretKeyRef"]["name"] for each in CONTAINER["env"] if "valueFrom" in each}
    mounted, _ = POD["spec"]["volumes"]
    assert name == mounted["secret"]["secretName"] == MANIFESTS["Secret"]["metadata"]["name"]
    folder = CONTAINER["volumeMounts"][0]["mountPath"]
    (item,) = mounted["secret"]["items"]
    assert item["key"] in SECRET
    assert environment(SECRET)["CLOUDBASE_OCR_APPS_FILE"] == f"{folder}/{item['path']}"


def test_it_is_the_image_s_user_and_has_time_to_end() -> None:
    security = POD["spec"]["securityContext"]
    assert f"{security['runAsUser']}:{security['runAsGroup']}" == instructions("ocr", "USER")[-1]
    assert security["runAsNonRoot"]
    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"]
    (pause,) = CONTAINER["lifecycle"]["preStop"]["exec"]["command"][1:]
    assert POD["spec"]["terminationGracePeriodSeconds"] >= int(pause) + Settings().shutdown_seconds + 10


@pytest.mark.parametrize("page", [PAGE, "docs/self-hosting.zh-CN.md"])
def test_the_page_names_what_there_is(page: str) -> None:
    apply, follow = (line.split() for line in shell_lines(page) if line.startswith("kubectl "))
    assert apply == ["kubectl", "apply", "-f", FOLDER.relative_to(ROOT).as_posix()]
    assert follow[-1] == f"deployment/{MANIFESTS['Deployment']['metadata']['name']}"
    text = read(page)
    assert all(kind in text for kind in MANIFESTS)
    scale = MANIFESTS["HorizontalPodAutoscaler"]["spec"]
    assert (scale["minReplicas"], scale["maxReplicas"]) == (2, 10)
    assert re.search(r"two to ten|2 到 10 个", text)
    assert all(version in text for version in (VERSIONS[0], VERSIONS[-1]))


@pytest.mark.parametrize("key", ["accounts.txt", "control-token"])
def test_a_secret_that_was_not_replaced_is_refused(key: str, tmp_path: Path) -> None:
    secret = {**SECRET, **REPLACED, key: SECRET[key]}
    accounts = tmp_path / "accounts.txt"
    accounts.write_text(secret["accounts.txt"], encoding="utf-8")
    variables = {
        **environment(secret),
        "CLOUDBASE_OCR_APPS_FILE": str(accounts),
        "CLOUDBASE_OCR_METRICS_PORT": "0",
        "CLOUDBASE_OCR_PORT": "0",
    }
    command = [*words_of("ocr", "CMD"), "--no-recognizer"]
    done = CliRunner().invoke(main, command, env=variables)
    assert done.exit_code == 2, done.output
    assert {"accounts.txt": "16 or more", "control-token": "8 to 200"}[key] in " ".join(done.output.split())


@pytest.mark.check
@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_of_kubernetes_take_them(version: str) -> None:
    schemas = pytest.importorskip(
        "kubernetes_validate",
        reason="Kubernetes' schemas are not installed; run: pip install kubernetes-validate",
    )
    for manifest in MANIFESTS.values():
        assert schemas.validate(manifest, version, strict=True) == version
    broken = {**MANIFESTS["Service"], "spec": {**MANIFESTS["Service"]["spec"], "port": 80}}
    with pytest.raises(schemas.ValidationError):
        schemas.validate(broken, version, strict=True)


@pytest.mark.check
def test_what_the_deployment_starts_answers_its_probes(tmp_path: Path) -> None:
    if PROGRAM is None:
        pytest.skip(needs.REDIS)
    accounts = tmp_path / "accounts.txt"
    accounts.write_text(ACCOUNT, encoding="utf-8")
    with RedisServer(tmp_path).running() as redis:
        variables = {
            **os.environ,
            **environment({**REPLACED, "state": redis.url}),
            "CLOUDBASE_OCR_HOST": "127.0.0.1",
            "CLOUDBASE_OCR_PORT": "0",
            "CLOUDBASE_OCR_METRICS_PORT": "0",
            "CLOUDBASE_OCR_APPS_FILE": str(accounts),
            "PYTHONUNBUFFERED": "1",
        }
        command = [*COMMAND, *words_of("ocr", "CMD"), "--no-recognizer"]
        with processes.started(command, env=variables) as process:
            url = process.stdout.readline().split(" at ")[1].split()[0]

            def status(path: str, host: str = "ocr.example.com") -> int:
                return requests.get(url + path, headers={"Host": host}, timeout=30).status_code

            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert status(probed(probe)) == 200
            service = MANIFESTS["Service"]["metadata"]["name"]
            assert status(probed("readinessProbe"), f"{service}.default.svc") == 200
            assert status(probed("readinessProbe"), "other.example.com") == 403
            redis.kill()
            assert status(probed("readinessProbe")) == 503
            assert status(probed("livenessProbe")) == 200, "a Redis that is away starts no instance anew"
