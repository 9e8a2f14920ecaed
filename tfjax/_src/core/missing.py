"""The error for a public name that tfjax does not have."""

from __future__ import annotations

import sys


def missing_name(module: str, name: str) -> AttributeError:
    """Builds the AttributeError for `name`, asked of the public module `module`.

    `name` and `obj` are set, so that Python adds its own "Did you mean" hint.
    """
    message = (
        f"module {module!r} has no attribute {name!r}. If TensorFlow has it, tfjax does not have "
        "it yet: see docs/coverage.md"
    )
    return AttributeError(message, name=name, obj=sys.modules.get(module))
