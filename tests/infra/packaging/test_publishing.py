"""Publishing the layer with Serverless Devs, and the names of a deployment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from infra.package import names
from infra.package.errors import PackagingError
from infra.package.publish import LAYER_ENV, forget_version, keep_version, publish_layer
from infra.package.wheels.target import TARGETS
from rag_on_dingtalk.storage.instance_name import default_name

NEW, OLD = TARGETS["3.12"], TARGETS["3.10"]
ARN = "acs:fc:cn-hangzhou:1000000000000001:layers/rag-on-dingtalk-common/versions/"


class ServerlessDevs:
    """Stands for `s`: writes down how it was called and prints what it is told to."""

    def __init__(self, folder: Path, prints: str, *, status: int = 0) -> None:
        self._called = folder / "called"
        program = folder / "s"
        program.write_text(
            f"#!/bin/sh\necho \"$@\" > {self._called}\ncat <<'END'\n{prints}\nEND\nexit {status}\n"
        )
        program.chmod(0o755)
        self.environ = {"PATH": f"{folder}:{os.environ['PATH']}"}

    @property
    def called(self) -> str:
        return self._called.read_text().strip()


def test_the_layer_is_published_for_both_runtimes_of_its_python(tmp_path: Path) -> None:
    s = ServerlessDevs(tmp_path, f"layerName: x\n  layerVersionArn: {ARN}7")

    assert publish_layer(Path("layer.zip"), OLD, s.environ) == f"{ARN}7"

    assert s.called == (
        "cli fc3@0.1.22 layer publish -a default --code layer.zip --layer-name rag-on-dingtalk-common "
        "--compatible-runtime python3.10,custom.debian10 --region cn-hangzhou"
    )


def test_names_regions_and_keys_are_those_of_the_deployment(tmp_path: Path) -> None:
    s = ServerlessDevs(tmp_path, f"{ARN}1")
    environ = {**s.environ, "APP_NAME": "kb", "DEPLOY_REGION": "cn-beijing"}

    publish_layer(Path("layer.zip"), NEW, environ, access="production")

    assert "--layer-name kb-common" in s.called
    assert "--region cn-beijing" in s.called
    assert "-a production" in s.called


def test_the_published_version_stays_beside_its_zips_until_others_come(tmp_path: Path) -> None:
    keep_version(tmp_path, f"{ARN}7")

    shell = f'. {tmp_path}/{LAYER_ENV}; printf %s "$COMMON_LAYER_ARN"'
    read = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, check=True)
    assert read.stdout == f"{ARN}7".encode()

    forget_version(tmp_path)
    assert not (tmp_path / LAYER_ENV).exists()
    forget_version(tmp_path)


@pytest.mark.parametrize(("prints", "status"), [("AccessDenied", 1), (f"{ARN}7", 1), ("done", 0)])
def test_a_failed_publication_is_shown(prints: str, status: int, tmp_path: Path) -> None:
    s = ServerlessDevs(tmp_path, prints, status=status)

    with pytest.raises(PackagingError, match=f"could not be published(.|\n)*{prints}"):
        publish_layer(Path("layer.zip"), NEW, s.environ)


def test_without_serverless_devs_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="npm install"):
        publish_layer(Path("layer.zip"), NEW, {"PATH": str(tmp_path)})


def test_the_proposed_lines_name_the_instance_that_setup_and_terraform_make(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account = "1000000000000001"
    made = set()
    for name, region in (
        ("staging-bot", "cn-beijing"),
        ("staging-bot", "cn-hangzhou"),
        ("shop", "cn-hangzhou"),
    ):
        monkeypatch.setattr("sys.argv", ["names", "--name", name, "--region", region, "--account", account])
        names.main()

        instance = default_name(name, account, region)
        assert capsys.readouterr().out.splitlines() == [
            f"TABLESTORE_INSTANCE={instance}",
            f"TABLESTORE_ENDPOINT=https://{instance}.{region}.ots.aliyuncs.com",
        ]
        made.add(instance)
    assert len(made) == 3
