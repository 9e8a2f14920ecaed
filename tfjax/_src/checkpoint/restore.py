"""Restoring objects from a checkpoint's object graph, at once and as Variables come into being."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from tfjax._src.checkpoint import trackable
from tfjax._src.function.module import Module


class Restoration:
    """One restore: matches objects with saved nodes by the names of their children.

    Objects that make their Variables later (unbuilt layers, optimizers) get the saved values then.

    Args:
      root: the object to restore; its children are held weakly.
      saved: the TrackableObjectGraph.
      read: gives the array of a checkpoint key, for a jax Sharding or None.
      wait: restores what comes into being later as well.
    """

    def __init__(self, root: Any, saved: Any, read: Callable[[str, Any], Any], wait: bool = True) -> None:
        # The root may be a Checkpoint that nobody keeps: what it holds is what will be restored.
        anchor = getattr(root, "_root", None)
        self._anchor = (lambda: None) if anchor is None else _reference(anchor)
        self._tops = [(name, _reference(child)) for name, child in trackable.children(root)]
        self._saved, self._read = saved, read
        self._done: dict[int, int] = {}
        self.unmatched: list[tuple[str, Any]] = []
        self.run()
        if wait and self.missing():
            _watch(self)

    def run(self) -> None:
        """Assigns what can be assigned now."""
        tops = [(name, child) for name, reference in self._tops if (child := reference()) is not None]
        anchor = self._anchor()
        if anchor is not None:
            tops.extend(trackable.children(anchor))
        if not tops and anchor is None:
            _pending.discard(self)
            return
        self.unmatched = []
        saved = {c.local_name: c.node_id for c in self._saved.nodes[0].children}
        seen = {id(child) for _, child in tops}
        todo = [(f"(root).{name}", child, _find(saved, name)) for name, child in dict(tops).items()]
        for path, obj, number in todo:  # grows while it is walked
            if trackable.holds_value(obj):
                self._restore(path, obj, number)
                continue
            saved = {} if number is None else {c.local_name: c.node_id for c in self._saved.nodes[number].children}
            for name, child in trackable.children(obj):
                if id(child) not in seen:
                    seen.add(id(child))
                    todo.append((f"{path}.{name}", child, _find(saved, name)))

    def _restore(self, path: str, obj: Any, number: int | None) -> None:
        attributes = [] if number is None else list(self._saved.nodes[number].attributes)
        if number is None or not attributes:
            self.unmatched.append((path, obj))
        elif self._done.get(number) != id(obj):
            value = self._read(attributes[0].checkpoint_key, trackable.sharding_of(obj))
            trackable.assign(obj, value)
            self._done[number] = id(obj)

    def missing(self) -> list[str]:
        """Checkpoint keys of saved values that no object has taken."""
        return [
            node.attributes[0].checkpoint_key
            for number, node in enumerate(self._saved.nodes)
            if node.attributes and number not in self._done
        ]

    @property
    def count(self) -> int:
        """How many values were restored."""
        return len(self._done)


def _reference(obj: Any) -> Callable[[], Any]:
    """A weak reference where there can be one."""
    try:
        return weakref.ref(obj)
    except TypeError:
        return lambda: obj


def _find(saved: dict[str, int], name: str) -> int | None:
    """A child of that name; Keras hides some attributes behind an underscore, and we do not."""
    for candidate in (name, f"_{name}", name.lstrip("_")):
        if candidate in saved:
            return saved[candidate]
    return None


_pending: set[Restoration] = set()


def _watch(restoration: Restoration) -> None:
    """Looks again whenever a module gets an attribute, until nothing is missing."""
    _pending.add(restoration)
    if "__setattr__" not in vars(Module):
        Module.__setattr__ = _notice  # type: ignore[method-assign]


def _notice(module: Any, name: str, value: Any) -> None:
    object.__setattr__(module, name, value)
    if trackable.is_trackable(value) or name == "built":
        resolve()


def resolve() -> None:
    """Gives waiting restorations the Variables made since."""
    for restoration in list(_pending):
        restoration.run()
        if not restoration.missing():
            _pending.discard(restoration)
    if not _pending and vars(Module).get("__setattr__") is _notice:
        del Module.__setattr__


class LoadStatus:
    """What `Checkpoint.restore` returns."""

    def __init__(self, restoration: Restoration | None) -> None:
        self._restoration = restoration

    def _current(self) -> Restoration | None:
        if self._restoration is not None:
            self._restoration.run()
        return self._restoration

    def assert_consumed(self) -> LoadStatus:
        """Raises AssertionError unless every saved value was used and every Variable restored."""
        current = self.assert_existing_objects_matched()._restoration
        missing = [] if current is None else current.missing()
        if missing:
            raise AssertionError(
                "Some Python objects were not bound to checkpointed values, likely due to changes in the Python program: "
                f"{len(missing)} values of the checkpoint are unused: {', '.join(missing[:10])}"
            )
        return self

    def assert_existing_objects_matched(self) -> LoadStatus:
        """Raises AssertionError unless every Variable of the object was restored."""
        current = self._current()
        if current is None:
            raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")
        if current.unmatched:
            path, obj = current.unmatched[0]
            raise AssertionError(f"Object not assigned a value from checkpoint: {obj!r} at {path}")
        return self

    def assert_nontrivial_match(self) -> LoadStatus:
        """Raises AssertionError if nothing but the root was matched."""
        current = self._current()
        if current is None or not current.count:
            raise AssertionError("Nothing to load. No dependencies have been added to the object yet.")
        return self

    def expect_partial(self) -> LoadStatus:
        """Says that unused values are meant; nothing is reported here anyway."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """No effect: values are restored already."""

    def run_restore_ops(self, session: Any = None) -> None:
        """No effect: values are restored already."""
