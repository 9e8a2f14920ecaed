"""What tools/api_coverage.py says of the tensor API: parameters and members beside the names.

The tensor API is everything outside `tf.keras`, `tf.data` and the other namespaces of OUTSIDE.
`tools/tf_signatures.json` holds TensorFlow's parameters (name, order, default) and the members of
its classes, bases and live objects included; what tfjax has is read from the live objects.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SIGNATURES = ROOT / "tools" / "tf_signatures.json"

#: What cannot exist on JAX: public name, member as `Class.member` -> reason.
REASONS = ROOT / "tools" / "impossible.json"

#: Namespaces that are no part of the tensor API.
OUTSIDE = frozenset(
    [
        "keras",
        "data",
        "distribute",
        "saved_model",
        "summary",
        "tpu",
        "mlir",
        "lite",
        "feature_column",
        "experimental.dtensor",
        "optimizers",
        "losses",
        "metrics",
        "initializers",
    ]
)


def inside(name: str) -> bool:
    """Whether a public name (without `tf.`) is part of the tensor API."""
    return not any(name == space or name.startswith(f"{space}.") for space in OUTSIDE)


# -- TensorFlow's side -------------------------------------------------------------------------
def _class_members(api: dict[str, Any], name: str) -> dict[str, Any]:
    """Member -> parameters, "prop" or "attr": those of a class, of its bases and of live objects."""
    record, found = api["symbols"][name], {}
    for base in [name, *record.get("mro", [])]:
        entry = api["symbols"].get(base) or api["internal_classes"].get(base) or {}
        for member, shape in (entry.get("m") or {}).items():
            found.setdefault(member, shape)
    for live in api["runtime"].values():
        if live.get("public") == name:
            for member, shape in (live.get("m") or {}).items():
                found.setdefault(member, shape)
    return found


def facts(api: dict[str, Any]) -> dict[str, Any]:
    """Public name -> parameter list, or for a class {"p": parameters, "m": members}."""
    found: dict[str, Any] = {}
    for name, record in api["symbols"].items():
        short = name.removeprefix("tf.")
        flags = ("c", "keras2", "k3", "imp", "raises")
        if record["k"] not in ("func", "class") or not inside(short) or any(map(record.get, flags)):
            continue
        parameters = record.get("p")
        if record["k"] == "func":
            found[short] = parameters
        else:
            found[short] = {"p": parameters, "m": _class_members(api, name)}
    return found


def write_facts(api: dict[str, Any]) -> None:
    """Writes tf_signatures.json, one name a line."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(facts(api).items())
    ]
    SIGNATURES.write_text("{\n" + ",\n".join(lines) + "\n}\n")


class Parameters(NamedTuple):
    """(name, default or None) of those given by place, of keywords only; whether the rest is taken."""

    places: list[tuple[str, str | None]]
    keywords: dict[str, str | None]
    rest: bool
    more: bool


def wanted(shape: list[str]) -> Parameters:
    """The parameters in TensorFlow's list."""
    places, keywords, rest, more, only = [], {}, False, False, False
    for text in shape:
        if text.startswith("**"):
            more = True
        elif text.startswith("*"):
            rest, only = text != "*", True
        elif not text.startswith("@"):
            name, given, default = text.partition("=")
            pair = (name.rstrip("/"), default if given else None)
            if only:
                keywords[pair[0]] = pair[1]
            else:
                places.append(pair)
    return Parameters(places, keywords, rest, more)


# -- our side ----------------------------------------------------------------------------------
def _default(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return str(value)
    if type(value).__name__ == "DType":
        return f"tf.{value.name}"
    return repr(value)


def _constructor(cls: type) -> Any:
    for name in ("__init__", "__new__"):
        owner = next((c for c in cls.__mro__ if name in vars(c)), object)
        if owner not in (object, Exception, tuple, dict, int):
            return getattr(cls, name)
    return None


def ours(value: Any, method: bool = False) -> Parameters | None:
    """The parameters of one of our objects, without a method's self; None if it has no signature."""
    target, drop = value, method
    if inspect.isclass(value) and (found := _constructor(value)) is not None:
        target, drop = found, True
    try:
        listed = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return None
    if (
        drop
        and listed
        and listed[0].kind in (listed[0].POSITIONAL_ONLY, listed[0].POSITIONAL_OR_KEYWORD)
    ):
        listed = listed[1:]
    places, keywords, rest, more = [], {}, False, False
    for p in listed:
        default = None if p.default is p.empty else _default(p.default)
        if p.kind is p.VAR_POSITIONAL:
            rest = True
        elif p.kind is p.VAR_KEYWORD:
            more = True
        elif p.kind is p.KEYWORD_ONLY:
            keywords[p.name] = default
        else:
            places.append((p.name, default))
    return Parameters(places, keywords, rest, more)


def _same_default(mine: str | None, theirs: str | None) -> bool:
    """A default where TensorFlow has none takes nothing from a program."""
    if mine is None or theirs is None:
        return theirs is None
    return theirs.startswith("<") or mine == theirs


def compare(theirs: Parameters, mine: Parameters) -> tuple[int, list[str]]:
    """(how many parameters were compared, what differs)."""
    wrong = []
    for i, (name, default) in enumerate(theirs.places):
        if i < len(mine.places) and mine.places[i][0] == name:
            if not _same_default(mine.places[i][1], default):
                wrong.append(f"{name}={default} (ours {mine.places[i][1]})")
        elif name in dict(mine.places):
            wrong.append(f"{name} at another place")
        elif not (mine.rest and mine.more and not mine.places):
            wrong.append(name)
    have = {**dict(mine.places), **mine.keywords}
    for name, default in theirs.keywords.items():
        if name not in have:
            if not mine.more:
                wrong.append(name)
        elif not _same_default(have[name], default):
            wrong.append(f"{name}={default} (ours {have[name]})")
    known = {*dict(theirs.places), *theirs.keywords}
    required = {n for n, default in have.items() if default is None} - known
    wrong.extend(f"{name} is required" for name in sorted(required) if not theirs.rest)
    return len(known), wrong


_ABSENT = object()


def _find(name: str) -> Any:
    """One of our public objects; None if it is missing."""
    space, _, leaf = f"tfjax.{name}".rpartition(".")
    try:
        return getattr(importlib.import_module(space), leaf)
    except (AttributeError, ImportError):
        return None


def _live(tf: Any) -> dict[str, list[Any]]:
    """Objects whose members TensorFlow shows beside those of the public class."""
    function = tf.function(lambda x: x)
    graph = tf.Graph()
    concrete = function.get_concrete_function(tf.TensorSpec([], tf.float32))
    return {
        "Tensor": [tf.constant(1.0)],
        "Variable": [tf.Variable(1.0)],
        "Graph": [concrete.graph, graph],
        "Operation": [graph.group([])],
        "train.CheckpointOptions": [tf.train.CheckpointOptions()],
        "types.experimental.PolymorphicFunction": [function],
        "types.experimental.ConcreteFunction": [concrete],
    }


def _member(name: str, holders: list[Any]) -> Any:
    """The member in the first holder that has it, as it stands in the class; _ABSENT if none does."""
    for holder in holders:
        found = inspect.getattr_static(holder, name, _ABSENT)
        if found is not _ABSENT:
            return found
        try:
            return getattr(holder, name)
        except Exception:
            continue
    return _ABSENT


class Report:
    """Compares every name of tf_signatures.json; counts by namespace, and lists of what differs."""

    def __init__(self) -> None:
        sys.path.insert(0, str(ROOT))
        self.facts: dict[str, Any] = json.loads(SIGNATURES.read_text())
        self.reasons: dict[str, str] = json.loads(REASONS.read_text())
        self.live = _live(importlib.import_module("tfjax"))
        self.counts: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
        self.parameters: dict[str, list[str]] = {}
        self.members: dict[str, list[str]] = {}
        self.filled: list[str] = []
        for name, entry in self.facts.items():
            if (value := _find(name)) is not None:
                self._one(name, entry, value)

    def _one(self, name: str, entry: Any, value: Any) -> None:
        count = self.counts[name.rpartition(".")[0]]
        is_class = isinstance(entry, dict)
        self._parameters(name, entry["p"] if is_class else entry, value, count)
        if not is_class or not inspect.isclass(value):
            return
        holders = [value, *self.live.get(name, ())]
        if "DESCRIPTOR" in entry["m"]:
            holders.append(value())
        for member, shape in entry["m"].items():
            count[3] += 1
            found = _member(member, holders)
            full = f"{name}.{member}"
            if found is not _ABSENT:
                count[2] += 1
                if full in self.reasons:
                    self.filled.append(full)
                if isinstance(shape, list):
                    self._parameters(
                        full, shape, getattr(value, member, found), count, inspect.isfunction(found)
                    )
            elif full not in self.reasons:
                self.members.setdefault(name, []).append(member)

    def _parameters(
        self, name: str, shape: list[str] | None, value: Any, count: list[int], method: bool = False
    ) -> None:
        if not shape or value is None or (mine := ours(value, method)) is None:
            return
        total, wrong = compare(wanted(shape), mine)
        count[1] += total
        count[0] += max(total - len(wrong), 0)
        if wrong and name not in self.reasons:
            self.parameters[name] = wrong
        elif not wrong and name in self.reasons:
            self.filled.append(name)


def share(part: int, whole: int) -> str:
    """A percentage that says 100 only if nothing is missing."""
    if not whole:
        return "-"
    return "100 %" if part == whole else f"{min(100 * part / whole, 99.9):.1f} %"


def lines(names: dict[str, bool]) -> list[str]:
    """The part of docs/coverage.md about the tensor API; `names` says which public names are there."""
    report = Report()
    mine = {n: there for n, there in names.items() if inside(n)}
    absent = [n for n, there in mine.items() if not there and n not in report.reasons]
    report.filled += [
        n for n, there in mine.items() if there and n in report.reasons and n not in report.facts
    ]
    sums = [sum(c[i] for c in report.counts.values()) for i in range(4)]
    rows = []
    for space in sorted({n.rpartition(".")[0] for n in mine}):
        here = [there for n, there in mine.items() if n.rpartition(".")[0] == space]
        p, pn, m, mn = report.counts[space]
        title = f"tf.{space}" if space else "tf"
        rows.append(
            f"| `{title}` | {share(sum(here), len(here))} | {share(p, pn)} | {share(m, mn)} |"
        )
    return [
        "## The tensor API: parameters and members",
        "",
        "Everything outside " + ", ".join(f"`tf.{space}`" for space in sorted(OUTSIDE)) + ".",
        "Parameters are compared by name, place and default, those of methods included; members",
        "are those of the classes, of their bases and of live objects.",
        "",
        "| namespace | names | parameters | members |",
        "|---|---|---|---|",
        f"| all | {share(sum(mine.values()), len(mine))} of {len(mine)} | {share(*sums[:2])} of {sums[1]} | {share(*sums[2:])} of {sums[3]} |",
        *rows,
        "",
        *_listed("Names that are missing", absent),
        *_listed(
            "Parameters that differ", [f"{n}: {'; '.join(w)}" for n, w in report.parameters.items()]
        ),
        *_listed(
            "Members that are missing", [f"{n}: {', '.join(w)}" for n, w in report.members.items()]
        ),
        *_listed("On the list below, but there", report.filled),
        "### What cannot exist on JAX",
        "",
        *(f"- `tf.{name}`: {reason}" for name, reason in sorted(report.reasons.items())),
        "",
    ]


def _listed(title: str, entries: list[str]) -> list[str]:
    if not entries:
        return []
    return [f"### {title}", "", *(f"- `tf.{entry}`" for entry in sorted(entries)), ""]
