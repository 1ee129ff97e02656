"""A provider that accepts what alicloud accepts and creates nothing, so that the real Terraform can be asked.

Terraform finds it by TF_REATTACH_PROVIDERS: a gRPC server on loopback serves every command of a test run.
Values that only the cloud could know are made up, the same each time: when they are applied or, by a provider
that foretells, in the plan already.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from tests.infra.terraform.plans.description import UNKNOWN, attribute_type, problems
from tests.infra.terraform.plans.made_up import filled, is_computed
from tests.infra.terraform.plans.wire import SERVICE, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.infra.terraform.plans.description import Part

_ERROR = 1
_SINGLE = 1
_NESTING = {"list": 2, "set": 3}


class Provider:
    """The calls of the protocol, by name; each takes a request and returns a response."""

    def __init__(self, description: dict[str, Any], *, foretells: bool = False) -> None:
        self._foretells = foretells
        self._config = description["provider_config"]
        self._resources = description["resources"]
        self._sources = description["data_sources"]

    def GetProviderSchema(self, _: Any) -> Any:  # noqa: N802 - the protocol's name, like all below
        """Everything Terraform needs to read a configuration."""
        return self._schemas

    @cached_property
    def _schemas(self) -> Any:
        # Each command asks for it.
        return message("GetProviderSchemaResponse")(
            provider=_schema(self._config),
            resource_schemas=_schemas(self._resources),
            data_source_schemas=_schemas(self._sources),
        )

    def ValidateProviderConfig(self, request: Any) -> Any:  # noqa: N802
        """Check the provider block."""
        return _complaints("ValidateProviderConfigResponse", self._config, request.config)

    def ConfigureProvider(self, _: Any) -> Any:  # noqa: N802
        """There is nothing to connect to."""
        return message("ConfigureProviderResponse")()

    def ValidateResourceConfig(self, request: Any) -> Any:  # noqa: N802
        """Check a resource block."""
        block = self._resources[request.type_name]
        return _complaints("ValidateResourceConfigResponse", block, request.config)

    def ValidateDataResourceConfig(self, request: Any) -> Any:  # noqa: N802
        """Check a data block."""
        block = self._sources[request.type_name]
        return _complaints("ValidateDataResourceConfigResponse", block, request.config)

    def UpgradeResourceState(self, request: Any) -> Any:  # noqa: N802
        """The state is of this version already; only its encoding changes."""
        return message("UpgradeResourceStateResponse")(
            upgraded_state=_encoded(json.loads(request.raw_state.json))
        )

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """The resource is as Terraform left it."""
        return message("ReadResourceResponse")(new_state=request.current_state)

    def PlanResourceChange(self, request: Any) -> Any:  # noqa: N802
        """What is computed becomes unknown; what cannot be changed asks for a replacement."""
        block = self._resources[request.type_name]
        prior, planned = _decoded(request.prior_state), _decoded(request.proposed_new_state)
        replaced: list[str] = []
        if planned is not None and prior is None:
            planned = {
                name: UNKNOWN if given is None and is_computed(block, name) else given
                for name, given in planned.items()
            }
            if self._foretells:
                planned = filled(request.type_name, block, planned, UNKNOWN)
        elif planned is not None:
            replaced = [name for name in planned if planned[name] != prior[name] and _forces_new(block, name)]
        return message("PlanResourceChangeResponse")(
            planned_state=_encoded(planned),
            requires_replace=[_path((name,)) for name in replaced],
            legacy_type_system=True,
        )

    def ApplyResourceChange(self, request: Any) -> Any:  # noqa: N802
        """What was unknown is made up."""
        planned = _decoded(request.planned_state)
        if planned is not None:
            planned = filled(request.type_name, self._resources[request.type_name], planned, UNKNOWN)
        return message("ApplyResourceChangeResponse")(new_state=_encoded(planned), legacy_type_system=True)

    def ReadDataSource(self, request: Any) -> Any:  # noqa: N802
        """What would be looked up is made up."""
        state = filled(
            request.type_name, self._sources[request.type_name], _decoded(request.config), missing=None
        )
        return message("ReadDataSourceResponse")(state=_encoded(state))

    def StopProvider(self, _: Any) -> Any:  # noqa: N802
        """The server outlives the command."""
        return message("StopProviderResponse")()


@contextmanager
def serving(description: dict[str, Any], *, foretells: bool = False) -> Iterator[str]:
    """Serve the provider; yields the value of TF_REATTACH_PROVIDERS."""
    import grpc

    provider = Provider(description, foretells=foretells)
    handlers = {
        call: grpc.unary_unary_rpc_method_handler(
            _without_context(getattr(provider, call)),
            request_deserializer=message(f"{call}Request").FromString,
            response_serializer=lambda response: response.SerializeToString(),
        )
        for call in vars(Provider)
        if call[0].isupper()
    }
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield json.dumps(
            {
                "registry.terraform.io/aliyun/alicloud": {
                    "Protocol": "grpc",
                    "ProtocolVersion": 6,
                    # Test: Terraform looks whether the process lives, and does not end it.
                    "Pid": os.getpid(),
                    "Test": True,
                    "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
                }
            }
        )
    finally:
        server.stop(grace=None).wait()


def _without_context(answer: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda request, _context: answer(request)


def _schemas(blocks: dict[str, Any]) -> list[Any]:
    return [
        message("SchemaEntry")(key=name, value=_schema(_with_id(block))) for name, block in blocks.items()
    ]


def _with_id(block: dict[str, Any]) -> dict[str, Any]:
    has_id = {"id": {"type": "string", "computed": True}}
    return {**block, "arguments": {**has_id, **block["arguments"]}}


def _schema(block: dict[str, Any]) -> Any:
    described = _block(block)
    if block.get("timeouts"):
        times = [
            message("Attribute")(name=name, type=b'"string"', optional=True) for name in block["timeouts"]
        ]
        described.block_types.add(
            type_name="timeouts", nesting=_SINGLE, block=message("Block")(attributes=times)
        )
    return message("Schema")(block=described)


def _block(block: dict[str, Any]) -> Any:
    attributes = [
        message("Attribute")(
            name=name,
            type=json.dumps(attribute_type(argument)).encode(),
            required=bool(argument.get("required")),
            optional=not argument.get("required") and not argument.get("read_only") and name != "id",
            computed=bool(argument.get("computed")),
            sensitive=bool(argument.get("sensitive")),
        )
        for name, argument in block["arguments"].items()
    ]
    nested = [
        message("NestedBlock")(
            type_name=name,
            block=_block(inner),
            nesting=_NESTING[inner["nesting"]],
            min_items=inner.get("min_items") or int(bool(inner.get("required"))),
            max_items=inner.get("max_items", 0),
        )
        for name, inner in block.get("blocks", {}).items()
    ]
    return message("Block")(attributes=attributes, block_types=nested)


def _complaints(response: str, block: dict[str, Any], config: Any) -> Any:
    found = problems(block, _decoded(config) or {})
    return message(response)(
        diagnostics=[
            message("Diagnostic")(
                severity=_ERROR, summary="The provider refuses this", detail=problem, attribute=_path(where)
            )
            for where, problem in found
        ]
    )


def _path(where: tuple[Part, ...]) -> Any:
    steps = [
        message("Step")(attribute_name=part)
        if isinstance(part, str)
        else message("Step")(element_key_int=part)
        for part in where
    ]
    return message("AttributePath")(steps=steps)


def _forces_new(block: dict[str, Any], name: str) -> bool:
    described = block["arguments"].get(name) or block.get("blocks", {}).get(name) or {}
    return bool(described.get("force_new"))


def _decoded(value: Any) -> Any:
    return msgspec.msgpack.decode(value.msgpack, ext_hook=lambda _code, _data: UNKNOWN)


def _encoded(value: Any) -> Any:
    return message("DynamicValue")(msgpack=msgspec.msgpack.encode(value))
