"""What Schemathesis needs to know of the schema, and what counts as a failure.

Errors with a code are answers: a made-up id is NOT_FOUND, a made-up date BAD_USER_INPUT. Failures are a status of 500 or more, an
error without a code, and INTERNAL.

RPM_FUZZ_IDS and RPM_FUZZ_CODES name what is there, separated by commas, so that some of what is made up exists.
"""

import os
from dataclasses import replace

import schemathesis
from graphql import StringValueNode, Visitor, visit
from hypothesis import strategies as st
from schemathesis.graphql import nodes

IDS = os.environ["RPM_FUZZ_IDS"].split(",")
CODES = os.environ["RPM_FUZZ_CODES"].split(",")

_instants = st.datetimes().map(lambda instant: instant.isoformat() + "Z")
_decimals = st.decimals(-10, 10**13, places=2, allow_nan=False, allow_infinity=False).map(str)
_wrong = st.text(max_size=20)


def _mostly(right):
    return st.one_of(right, right, right, _wrong).map(nodes.String)


schemathesis.graphql.scalar("DateTime", _mostly(_instants))
schemathesis.graphql.scalar("Date", _mostly(st.dates().map(str)))
schemathesis.graphql.scalar("Decimal", _mostly(_decimals))
schemathesis.graphql.scalar("Cursor", _mostly(st.integers(0, 2**63 - 1).map(str)))
schemathesis.graphql.scalar("JSON", _mostly(st.just("x")))


class _Real(Visitor):
    """Puts an id and a code that exist in place of those that are made up."""

    def __init__(self, identifier, code):
        super().__init__()
        self.identifier, self.code = identifier, code

    def enter(self, node, *_):
        name = getattr(getattr(node, "name", None), "value", "")
        if node.kind in ("argument", "object_field") and isinstance(node.value, StringValueNode):
            if name == "id" or name.endswith("Id"):
                return replace(node, value=nodes.String(self.identifier))
            if name in ("code", "currentActionCode"):
                return replace(node, value=nodes.String(self.code))
        return None


@schemathesis.hook
def flatmap_body(context, body):
    """Half of the documents as they were made, half about what is there."""
    real = st.tuples(st.sampled_from(IDS), st.sampled_from(CODES))
    return st.one_of(st.just(body), real.map(lambda keys: visit(body, _Real(*keys))))


@schemathesis.check
def every_error_has_a_code_and_none_is_ours(ctx, response, case):
    assert response.status_code < 500, f"{response.status_code}: {response.text}"
    for error in response.json().get("errors", []):
        code = error.get("extensions", {}).get("code")
        assert code is not None, f"an error without a code: {error}"
        assert code != "INTERNAL", f"an error of ours: {error}"
