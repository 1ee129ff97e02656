"""The messages of Terraform's plugin protocol 6, as far as the stub provider speaks it.

gRPC sends field numbers and never names, so nested messages stand flat here, enums are integers and a map is
a repeated entry of key and value: the bytes are the same.
Source: hashicorp/terraform, `docs/plugin-protocol/tfplugin6.8.proto`.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "tfplugin6.Provider"

_DIAGNOSTICS = "*Diagnostic diagnostics"

#: Message → its fields as `number type name`; a star repeats.
_MESSAGES = {
    "DynamicValue": "1 bytes msgpack, 2 bytes json",
    "RawState": "1 bytes json",
    "Step": "1 string attribute_name, 3 int64 element_key_int",
    "AttributePath": "1 *Step steps",
    "Diagnostic": "1 int64 severity, 2 string summary, 3 string detail, 4 AttributePath attribute",
    "Attribute": "1 string name, 2 bytes type, 4 bool required, 5 bool optional, 6 bool computed, "
    "7 bool sensitive",
    "Block": "2 *Attribute attributes, 3 *NestedBlock block_types",
    "NestedBlock": "1 string type_name, 2 Block block, 3 int64 nesting, 4 int64 min_items, 5 int64 max_items",
    "Schema": "2 Block block",
    "SchemaEntry": "1 string key, 2 Schema value",
    "GetProviderSchemaRequest": "",
    "GetProviderSchemaResponse": "1 Schema provider, 2 *SchemaEntry resource_schemas, "
    "3 *SchemaEntry data_source_schemas",
    "ValidateProviderConfigRequest": "1 DynamicValue config",
    "ValidateProviderConfigResponse": f"2 {_DIAGNOSTICS}",
    "ConfigureProviderRequest": "2 DynamicValue config",
    "ConfigureProviderResponse": f"1 {_DIAGNOSTICS}",
    "ValidateResourceConfigRequest": "1 string type_name, 2 DynamicValue config",
    "ValidateResourceConfigResponse": f"1 {_DIAGNOSTICS}",
    "ValidateDataResourceConfigRequest": "1 string type_name, 2 DynamicValue config",
    "ValidateDataResourceConfigResponse": f"1 {_DIAGNOSTICS}",
    "UpgradeResourceStateRequest": "1 string type_name, 3 RawState raw_state",
    "UpgradeResourceStateResponse": "1 DynamicValue upgraded_state",
    "ReadResourceRequest": "1 string type_name, 2 DynamicValue current_state",
    "ReadResourceResponse": "1 DynamicValue new_state",
    "PlanResourceChangeRequest": "1 string type_name, 2 DynamicValue prior_state, "
    "3 DynamicValue proposed_new_state",
    "PlanResourceChangeResponse": "1 DynamicValue planned_state, 2 *AttributePath requires_replace, "
    "5 bool legacy_type_system",
    "ApplyResourceChangeRequest": "1 string type_name, 3 DynamicValue planned_state",
    "ApplyResourceChangeResponse": "1 DynamicValue new_state, 4 bool legacy_type_system",
    "ReadDataSourceRequest": "1 string type_name, 2 DynamicValue config",
    "ReadDataSourceResponse": "1 DynamicValue state",
    "StopProviderRequest": "",
    "StopProviderResponse": "1 string Error",
}

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bytes": _Field.TYPE_BYTES,
    "string": _Field.TYPE_STRING,
    "int64": _Field.TYPE_INT64,
    "bool": _Field.TYPE_BOOL,
}


def _build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="stub.proto", package="tfplugin6", syntax="proto3")
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for field in filter(None, fields.split(", ")):
            number, kind, name = field.split(" ")
            plain = kind.lstrip("*")
            added = described.field.add(
                name=name,
                number=int(number),
                label=_Field.LABEL_OPTIONAL if kind == plain else _Field.LABEL_REPEATED,
            )
            if plain in _SCALARS:
                added.type = _SCALARS[plain]
            else:
                added.type = _Field.TYPE_MESSAGE
                added.type_name = f".tfplugin6.{plain}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        message: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tfplugin6.{message}"))
        for message in _MESSAGES
    }


_CLASSES = _build()


def message(name: str) -> Any:
    """The class of a message, by its flat name."""
    return _CLASSES[name]
