"""Writes tfjax/_src/eager/op_defs.txt: which inputs and dtypes TensorFlow's op definitions have.

    python tools/op_defs.py          writes the table; needs TensorFlow
    python tools/op_defs.py --check  fails where the table is not what TensorFlow says

One op a line: `Cumprod x:T axis:Tidx | T=fdiub... Tidx=il`. A dtype is one letter, in the order
in which TensorFlow lists them; a list of tensors is written `values:N*T` or, of several dtypes,
`data:*T`; an input of a fixed dtype `shape:=i`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
FILE = Path(__file__).parents[1] / "tfjax" / "_src" / "eager" / "op_defs.txt"
#: DataType numbers of TensorFlow's protocol buffers, as `letter` in the table.
LETTERS = {
    14: "B", 19: "h", 1: "f", 2: "d", 6: "b", 5: "s", 3: "i", 9: "l", 4: "u", 17: "t", 22: "w", 23: "q",
    8: "c", 18: "z", 10: "?", 7: "S", 11: "1", 12: "2", 13: "3", 15: "4", 16: "5", 20: "r", 21: "v",
    29: "6", 30: "7", 24: "8", 25: "9",
}  # fmt: skip


def line(definition: Any) -> str:
    """The table's line for an op definition."""
    inputs = []
    for argument in definition.input_arg:
        if argument.type_list_attr:
            kind = f"*{argument.type_list_attr}"
        else:
            kind = argument.type_attr or "=" + LETTERS.get(argument.type, "-")
            if argument.number_attr:
                kind = f"{argument.number_attr}*{kind}"
        inputs.append(f"{argument.name}:{kind}")
    allowed = []
    for attribute in definition.attr:
        if attribute.type in ("type", "list(type)") and attribute.allowed_values.list.type:
            letters = "".join(LETTERS.get(t, "") for t in attribute.allowed_values.list.type)
            allowed.append(f"{attribute.name}={letters}")
    return " ".join([definition.name, *inputs, "|", *allowed])


def table() -> str:
    """The lines of all ops of `tf.raw_ops`."""
    import tensorflow as tf
    from tensorflow.python.framework import op_def_registry

    names = sorted(n for n in dir(tf.raw_ops) if n[0].isupper())
    return "\n".join(line(d) for d in map(op_def_registry.get, names) if d is not None) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = table()
    if options.check:
        return int(FILE.read_text() != text)
    FILE.write_text(text)
    print(f"{len(text.splitlines())} ops, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
