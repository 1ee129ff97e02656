"""Lock files, and the wheels that a target takes."""

from __future__ import annotations

import os
import zipfile
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.package.archive import write_zip
from infra.package.errors import PackagingError
from infra.package.wheels.fetching import best, contents
from infra.package.wheels.licences import UNKNOWN, licence_of
from infra.package.wheels.lock import Pin, pins
from infra.package.wheels.pruning import is_kept
from infra.package.wheels.target import TARGETS

if TYPE_CHECKING:
    from infra.package.wheels.target import Target


NEW, OLD = TARGETS["3.12"], TARGETS["3.10"]
LOCK = """\
# made by uv
six==1.17.0
Typing_Extensions==4.16.0  # for all
multidict==7.1.0 ; python_full_version < '3.11'
multidict==7.2.1 ; python_full_version >= '3.11'
numpy==2.4.6 ; python_full_version == '3.11.*'
colorama==0.4.6 ; sys_platform == 'win32'
"""


@pytest.mark.parametrize(("target", "multidict"), [(NEW, "7.2.1"), (OLD, "7.1.0")])
def test_a_lock_file_is_read_as_the_target_reads_it_whatever_python_reads(
    target: Target, multidict: str
) -> None:
    assert pins(LOCK, target) == [
        Pin("six", "1.17.0"),
        Pin("typing-extensions", "4.16.0"),
        Pin("multidict", multidict),
    ]


@pytest.mark.parametrize(
    "line",
    ["six", "six>=1", "six==1,==2", "six[x]==1", "six @ https://x.invalid/six.whl", "-e .", "six==1.*"],
)
def test_a_line_that_fixes_no_version_is_refused(line: str) -> None:
    with pytest.raises(PackagingError, match=r"Line 2 is no pin.*make lock"):
        pins(f"\n{line}\n", NEW)


def test_two_versions_of_one_distribution_are_refused() -> None:
    with pytest.raises(PackagingError, match=r"Line 2 pins six a second time for Python 3\.12"):
        pins("six==1.17.0\nSix==1.16.0\n", NEW)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = pins(text, NEW)
    except PackagingError:
        return
    assert len({pin.name for pin in found}) == len(found)


@pytest.mark.parametrize(
    ("wheel", "runs_on"),
    [
        ("a-1-py3-none-any.whl", [NEW, OLD]),
        ("a-1-py2.py3-none-any.whl", [NEW, OLD]),
        ("a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", [NEW]),
        ("a-1-cp310-cp310-manylinux_2_28_x86_64.whl", [OLD]),
        ("a-1-cp38-abi3-manylinux1_x86_64.whl", [NEW, OLD]),
        # Debian 10 has glibc 2.28.
        ("a-1-cp312-cp312-manylinux_2_31_x86_64.whl", []),
        ("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", []),
        ("a-1-cp312-cp312-manylinux2014_aarch64.whl", []),
        ("a-1-cp311-cp311-manylinux2014_x86_64.whl", []),
        ("a-2-py3-none-any.whl", []),
        ("b-1-py3-none-any.whl", []),
        ("no wheel.whl", []),
    ],
)
def test_only_a_wheel_that_runs_on_the_target_is_taken(
    wheel: str, runs_on: list[Target], tmp_path: Path
) -> None:
    (tmp_path / wheel).touch()

    assert [target for target in (NEW, OLD) if best(Pin("a", "1"), target, tmp_path)] == runs_on


def test_the_wheel_made_for_the_target_goes_before_one_for_all(tmp_path: Path) -> None:
    for wheel in (
        "a-1-py3-none-any.whl",
        "a-1-cp312-cp312-manylinux2014_x86_64.whl",
        "a-1-cp39-abi3-linux_x86_64.whl",
    ):
        (tmp_path / wheel).touch()

    chosen = best(Pin("a", "1"), NEW, tmp_path)

    assert chosen is not None
    assert chosen.name == "a-1-cp312-cp312-manylinux2014_x86_64.whl"


def test_a_wheel_is_read_as_if_it_were_installed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        for name in (
            "a.py",
            "a-1.data/purelib/b.py",
            "a-1.data/platlib/c/d.py",
            "a-1.data/scripts/run",
            "e/",
        ):
            wheel.writestr(name, name)

    assert {str(path): content for path, content in contents(tmp_path / "a.whl")} == {
        "a.py": b"a.py",
        "b.py": b"a-1.data/purelib/b.py",
        "c/d.py": b"a-1.data/platlib/c/d.py",
    }


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("httpx/_client.py", True),
        ("certifi/cacert.pem", True),
        ("msgspec/_core.cpython-312-x86_64-linux-gnu.so", True),
        ("six-1.17.0.dist-info/METADATA", True),
        ("six-1.17.0.dist-info/licenses/LICENSE", True),
        ("six-1.17.0.dist-info/RECORD", False),
        ("Crypto/SelfTest/Cipher/test_AES.py", False),
        ("certifi/tests/test_certify.py", False),
        ("aiohttp/_http_parser.pyx", False),
        ("aiohttp/_find_header.c", False),
        ("msgspec/__init__.pyi", False),
        ("httpx/py.typed", False),
        ("httpx/__pycache__/_client.cpython-312.pyc", False),
        ("multidict/_testcapi.cpython-312-x86_64-linux-gnu.so", False),
        ("aiohttp/test_utils.py", False),
        ("anyio/pytest_plugin.py", False),
        ("google/protobuf/testdata/__init__.py", False),
        ("aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui-bundle.min.js", False),
        # Native modules of another system or another Python.
        ("tablestore/native/native_plainbuffer.cpython-313-darwin.so", False),
        ("tablestore/native/native_plainbuffer.cpython-312-darwin.so", False),
        ("multidict/_multidict.cpython-311-x86_64-linux-gnu.so", False),
        ("multidict/_multidict.cpython-312-aarch64-linux-gnu.so", False),
        ("multidict/_multidict.cpython-312-x86_64-linux-gnu.so", True),
        ("Crypto/Util/_strxor.abi3.so", True),
        # A module, not a folder of tests.
        ("anyio/_core/_testing.py", True),
        ("click/testing.py", True),
    ],
)
def test_the_layer_has_what_runs_and_the_licences(path: str, kept: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_kept(PurePosixPath(path), NEW) is kept


def test_tablestores_native_codec_is_only_where_it_can_be_loaded() -> None:
    codec = PurePosixPath("tablestore/ots_sdk/ots_sdk.so")

    assert is_kept(codec, NEW)
    assert not is_kept(codec, OLD)


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "Apache-2.0 AND MIT"), ("License", "ignored")], "Apache-2.0 AND MIT"),
        ([("License", "MPL-2.0")], "MPL-2.0"),
        ([("License", "Copyright 2025\n\nNeither the name of the holder nor")], "BSD-3-Clause"),
        (
            [
                ("License", "x" * 100),
                ("Classifier", "Programming Language :: Python"),
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: BSD License"),
            ],
            "MIT License AND BSD License",
        ),
        ([("License", "All rights are mine.\nAsk me.")], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_the_licence_is_the_one_that_the_metadata_names(fields: list[tuple[str, str]], licence: str) -> None:
    metadata = Message()
    for name, value in fields:
        metadata[name] = value

    assert licence_of(metadata) == licence


def test_a_zip_does_not_tell_when_and_how_it_was_made(tmp_path: Path) -> None:
    def made(name: str, order: list[str]) -> bytes:
        folder = tmp_path / name
        for path in order:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(path)
            os.utime(folder / path, (len(name) * 1e8, len(name) * 1e8))
            (folder / path).chmod(0o600 if name == "one" else 0o755)
        assert write_zip(tmp_path / f"{name}.zip", folder) == sum(map(len, order))
        return (tmp_path / f"{name}.zip").read_bytes()

    assert made("one", ["b.py", "a/c.py", "a.py"]) == made("another", ["a.py", "b.py", "a/c.py"])
    with zipfile.ZipFile(tmp_path / "one.zip") as opened:
        assert opened.namelist() == ["a.py", "a/c.py", "b.py"]
        assert {entry.external_attr >> 16 for entry in opened.infolist()} == {0o100644}
