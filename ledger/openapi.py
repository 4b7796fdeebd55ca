"""The OpenAPI 3.1 document of the API, made from the endpoints and messages themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter
from starlette.responses import Response

from ledger.incoming import MAX_KEY
from ledger.objects import MEDIA_TYPES
from ledger.operations import Endpoint, Query
from ledger_client.messages import Health
from ledger_client.signing import ACCOUNT, ACTOR, NONCE, SIGNATURE, TIME
from ledger_client.wire import API_VERSION, IDEMPOTENCY_HEADER, PROBLEM_TYPE, VERSION_HEADER

ABOUT: Final = f"""\
A ledger of medical records: one signed, hash-linked, encrypted chain per patient.

A **transaction** is one record; a **block** is one sealed commit: all the records that reached
the disk together, with the Merkle roots (RFC 6962) of every channel after them, linked to the
block before and signed by the node. An append is answered when its block is on disk.

Every request but `/health` and `/openapi.json` is signed: `{ACCOUNT}` names the account,
`{ACTOR}` (percent-encoded; organisations only) the person behind it, `{TIME}` is UTC in ISO
8601 and within a minute of the ledger's clock, `{NONCE}` is used once, and `{SIGNATURE}` is the
hex signature of `request`, a zero byte and the canonical JSON (RFC 8785) of `account`, `actor`,
`method`, `path`, `query`, `content` (SHA-256 of the canonical JSON of each record in the body),
`key` (the `{IDEMPOTENCY_HEADER}`), `time` and `nonce`.

Patients' records are read by roles doctor, nurse and organisation under the patient's consent
and grant, or for an hour after `/breakGlass`. Every read is recorded; `/accesses` shows them.
With `Accept: application/fhir+json` (`; fhirVersion=4.3` or `5.0`) reads of patients, visits,
documents, observations, allergies, medications and diagnoses answer as FHIR R4B or R5.
Refusals are problem documents (RFC 9457) with a stable `code`.
"""

_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "parameter": {"type": "string"},
    },
}
_REFUSED: Final = {
    "description": "Refused; `code` says why.",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    "headers": {VERSION_HEADER: {"schema": {"const": API_VERSION}, "required": True}},
}
_KEY: Final = {
    "name": IDEMPOTENCY_HEADER,
    "in": "header",
    "description": "The same key stores the same record once.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{MAX_KEY}}}$"},
}


def document(endpoints: Iterable[Endpoint]) -> Response:
    """The document as JSON."""
    endpoints = tuple(endpoints)
    types: list[tuple[int, Any, TypeAdapter[Any]]] = []
    for number, endpoint in enumerate(endpoints):
        types.append((number, "serialization", TypeAdapter(endpoint.reply)))
        if endpoint.body is not None:
            types.append((number, "validation", TypeAdapter(endpoint.body)))
    types.append((-1, "serialization", TypeAdapter(Health)))
    schemas, definitions = TypeAdapter.json_schemas(
        types, by_alias=True, ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {
        "/health": {
            "get": {
                "summary": "Whether the service is up.",
                "security": [],
                "responses": _responses(200, schemas[-1, "serialization"]),
            }
        }
    }
    for number, endpoint in enumerate(endpoints):
        operation: dict[str, Any] = {
            "summary": endpoint.summary,
            "parameters": [_parameter(query, endpoint.path) for query in endpoint.queries],
        }
        if endpoint.about or endpoint.roles:
            roles = f" Roles: {', '.join(endpoint.roles)}." if endpoint.roles else ""
            operation["description"] = (endpoint.about + roles).strip()
        status = 200
        if endpoint.body is not None:
            status = 201
            operation["parameters"].append(_KEY)
            schema = schemas[number, "validation"]
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": schema}},
            }
        if endpoint.upload:
            status = 201
            operation["parameters"].append(_KEY)
            operation["requestBody"] = {
                "required": True,
                "content": {kind: {"schema": {}} for kind in MEDIA_TYPES},
            }
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
        if endpoint.download:
            operation["responses"] = {
                "200": {
                    "description": "The content.",
                    "content": {kind: {"schema": {}} for kind in MEDIA_TYPES},
                },
                "default": _REFUSED,
            }
            continue
        operation["responses"] = _responses(status, schemas[number, "serialization"])
    content = {
        "openapi": "3.1.0",
        "info": {"title": "Medical ledger", "version": API_VERSION, "description": ABOUT},
        "security": [{"signature": []}],
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"signature": {"type": "apiKey", "in": "header", "name": SIGNATURE}},
        },
    }
    return Response(
        json.dumps(content, ensure_ascii=False),
        200,
        {VERSION_HEADER: API_VERSION},
        "application/json",
    )


def _responses(status: int, schema: Any) -> dict[str, Any]:
    return {
        str(status): {
            "description": "Done.",
            "content": {"application/json": {"schema": schema}},
            "headers": {VERSION_HEADER: {"schema": {"const": API_VERSION}, "required": True}},
        },
        "default": _REFUSED,
    }


def _parameter(query: Query, path: str) -> dict[str, Any]:
    in_path = f"{{{query.name}}}" in path
    if query.kind == "number":
        schema: dict[str, Any] = {"type": "integer", "minimum": query.least, "maximum": query.most}
        if query.default is not None:
            schema["default"] = query.default
    elif query.kind == "date":
        schema = {"type": "string", "format": "date"}
    else:
        schema = {"type": "string", "pattern": f"^({query.pattern})$"}
    return {
        "name": query.name,
        "in": "path" if in_path else "query",
        "required": query.required or in_path,
        "description": query.about,
        "schema": schema,
    }
