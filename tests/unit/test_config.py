from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.bot import Bots
from rag_on_dingtalk.settings.bots_document import convert_bots, decode_bots, encode_bots
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.settings.secret_references import PATH_SECRET, resolve_setting
from rag_on_dingtalk.settings.sections.backends import AnythingLLM, Dify

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.secret import Secret

ROOT = Path(__file__).parents[2]


def document(**changes: Any) -> dict[str, Any]:
    bot: dict[str, Any] = {
        "dingtalk": {"client_id": "dingexample0appkey01", "client_secret": "env:SECRET"},
        "backend": {
            "kind": "anythingllm",
            "base_url": "https://kb.example.com/prefix",
            "api_key": "env:KEY",
            "workspace": "handbook",
        },
    }
    return {"bots": {"handbook": {**bot, **changes}}}


def test_the_example_file_is_valid() -> None:
    bots = load_bots(ROOT / "bots.example.yaml")

    assert list(bots.bots) == ["handbook"]


def test_the_compiled_form_is_the_same_configuration() -> None:
    bots = convert_bots(document())

    assert bots == decode_bots(encode_bots(bots))


def test_the_kind_decides_which_backend_is_meant() -> None:
    dify = {"kind": "dify", "base_url": "https://dify.example.com/v1", "api_key": "env:KEY"}

    assert isinstance(convert_bots(document()).bots["handbook"].backend, AnythingLLM)
    assert isinstance(convert_bots(document(backend=dify)).bots["handbook"].backend, Dify)


def test_a_backends_address_holds_no_password() -> None:
    backend = document()["bots"]["handbook"]["backend"] | {"base_url": "https://bot:s3cret@kb.example.com"}

    with pytest.raises(ConfigurationError, match=r"base_url .* without a user or password") as caught:
        convert_bots(document(backend=backend))

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "origin", ["files.intra", "https://files.intra/public", "https://files.intra/", "ftp://files.intra", ""]
)
def test_an_origin_of_files_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(ConfigurationError, match=r"files\.origins"):
        convert_bots(document(files={"origins": [origin]}))

    convert_bots(document(files={"origins": ["https://files.intra:8443"]}))


def test_the_robot_code_is_the_client_id_unless_said_otherwise() -> None:
    assert convert_bots(document()).bots["handbook"].dingtalk.robot == "dingexample0appkey01"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (document(titel="x"), "bots.handbook: Object contains unknown field `titel`"),
        (document(language="fr"), r"bots.handbook.language: Invalid enum value 'fr'"),
        (document(session={"idle_minutes": 0}), r"bots.handbook.session.idle_minutes: Expected `float` > 0"),
        (
            document(dingtalk={"client_id": "a", "client_secret": "s3cret"}),
            "must be a reference such as env:NAME",
        ),
        (
            document(
                backend={
                    "kind": "anythingllm",
                    "base_url": "kb.example.com",
                    "api_key": "env:K",
                    "workspace": "w",
                }
            ),
            "must start with http:// or https://",
        ),
        (document(backend={"kind": "unheard"}), "kind is 'unheard', which there is not"),
        *(
            (
                document(backend={"kind": kind, "patience": old}),
                "bots.handbook.backend.patience is called timeouts now",
            )
            for kind in ("anythingllm", "dify", "openai", "bailian")
            for old in ({"first_byte": 30}, {}, None)
        ),
        ({"bots": {}}, "names no bot"),
        ({"bots": {"Hand Book": document()["bots"]["handbook"]}}, "does not fit a URL"),
        ({"bots": {"a": None}}, "bots.a"),
        ({**document(), "bot": 1}, "unknown settings beside `bots:`: bot"),
        ([], "must begin with `bots:`"),
        (None, "must begin with `bots:`"),
    ],
)
def test_a_mistake_is_named_with_its_place(wrong: object, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        convert_bots(wrong)

    assert sentence in str(caught.value)


APP = {"client_id": "ding1", "client_secret": "env:SECRET"}


def two_bots(changes: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Bots of one app, changed."""
    of_one, of_another = (document(dingtalk={**APP, **app})["bots"]["handbook"] for app in (changes, other))
    return {"bots": {"handbook": of_one, "team": of_another}}


def callback(route: str) -> dict[str, Any]:
    return {"card_callback": {"secret": "env:CARD", "route": route}}


@pytest.mark.parametrize(
    ("changes", "other", "sentence"),
    [
        ({"budget": {"monthly_calls": 200_000}}, {}, "differ in budget"),
        ({"budget": {"monthly_calls": None}}, {"budget": {"calls_per_second": 40}}, "differ in budget"),
        ({"client_secret": "env:OTHER"}, {}, "differ in client_secret"),
        ({"next_client_secret": "env:NEXT"}, {}, "differ in next_client_secret"),
        ({"corp_id": "dingcorp1"}, {"corp_id": "dingcorp2"}, "differ in corp_id"),
        ({"client_id": "ding2"}, {"robot_code": "ding2"}, "one robot, 'ding2'"),
        ({"client_id": "ding2", "robot_code": "r1"}, {"robot_code": "r1"}, "one robot, 'r1'"),
        (callback("prod"), callback("prod"), "share the card_callback.route 'prod'"),
        ({"client_id": "ding2", **callback("prod")}, callback("prod"), "/cards/handbook and /cards/team"),
    ],
)
def test_two_bots_that_cannot_both_be_right_are_both_named(
    changes: dict[str, Any], other: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        convert_bots(two_bots(changes, other))

    assert sentence in str(caught.value)
    assert "bots.handbook.dingtalk and bots.team.dingtalk" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "other"),
    [
        ({}, {}),
        ({"robot_code": "r1"}, {"robot_code": "r2"}),
        ({"corp_id": "dingcorp1"}, {}),
        # A default that is written out is the same.
        ({"budget": {"calls_per_second": 20}}, {}),
        (callback("prod"), callback("team-prod")),
        ({"client_id": "ding2", "client_secret": "env:OTHER", "budget": {"monthly_calls": None}}, {}),
    ],
)
def test_bots_may_share_an_app_or_have_their_own(changes: dict[str, Any], other: dict[str, Any]) -> None:
    assert len(convert_bots(two_bots(changes, other)).bots) == 2


def test_what_two_bots_cannot_share_is_found_in_the_compiled_form_too() -> None:
    compiled = encode_bots(msgspec.convert(two_bots(callback("prod"), callback("prod")), Bots))

    with pytest.raises(ConfigurationError, match="register-cards"):
        decode_bots(compiled)


def test_a_secret_written_into_the_file_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        convert_bots(document(dingtalk={"client_id": "a", "client_secret": "s3cret-in-clear"}))

    assert "s3cret-in-clear" not in str(caught.value)


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bots.yaml"
    file.write_text("bots:\n  a: {title: [}\n")

    with pytest.raises(ConfigurationError, match="not valid YAML in line 2"):
        load_bots(file)


def test_a_missing_file_says_where_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Copy bots\.example\.yaml there"):
        load_bots(tmp_path / "bots.yaml")


@pytest.mark.parametrize("compiled", [b"", b"{", b"\xff", b"[]", b'{"bots": {"a": {}}}'])
def test_a_compiled_file_that_does_not_fit_says_how_to_make_one(compiled: bytes) -> None:
    with pytest.raises(ConfigurationError, match="rag_on_dingtalk compile"):
        decode_bots(compiled)


def test_a_secret_is_read_from_where_its_reference_points(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n")

    assert resolve_secret("env:NAME", {"NAME": "from the environment"}).reveal() == "from the environment"
    assert resolve_secret(f"file:{file}").reveal() == "from a file"


@pytest.mark.parametrize("reference", ["env:MISSING", "env:", "file:/does/not/exist", "s3cret", ""])
def test_a_secret_that_cannot_be_had_is_an_error_with_advice(reference: str) -> None:
    with pytest.raises(ConfigurationError):
        resolve_secret(reference, {"MISSING": "  "})


def test_a_secret_does_not_print_itself() -> None:
    secret = resolve_secret("env:NAME", {"NAME": "s3cret"})

    assert "s3cret" not in f"{secret} {secret!r}"


def test_a_path_secret_must_fit_an_address_and_no_other_secret_must() -> None:
    def resolve(reference: str) -> Secret:
        return resolve_secret(reference, {"SECRET": "short"})

    assert resolve_setting("dingtalk.client_secret", "env:SECRET", resolve).reveal() == "short"
    with pytest.raises(ConfigurationError, match="cannot be the end of an address"):
        resolve_setting(PATH_SECRET, "env:SECRET", resolve)


@pytest.mark.parametrize(
    ("safety", "words"),
    [
        ({"words": ["w.txt"], "moderation": {"kind": "http", "url": "https://u:p@x.example"}}, "an address"),
        ({"moderation": {"kind": "aliyun", "endpoint": "green.example"}}, "an address"),
        ({"moderation": {"kind": "aliyun", "on_error": {"answers": "local_only"}}}, "no words to decide by"),
        ({"moderation": {"kind": "http", "url": "https://x.example", "api_key": "s3cret"}}, "a reference"),
        ({"moderation": {"kind": "aliyun", "timeout_ms": 5}}, "timeout_ms"),
        ({"moderation": {"kind": "other"}}, "kind"),
    ],
)
def test_checks_that_cannot_work_are_refused(safety: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as raised:
        convert_bots(document(safety=safety))
    assert "u:p" not in str(raised.value)
    assert "s3cret" not in str(raised.value)
