"""tf.compat.v1.train.Optimizer: the loop around the update rules of v1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.compat.v1 import collections
from tfjax._src.compat.v1 import graph as graphs
from tfjax._src.compat.v1.collections import store
from tfjax._src.compat.v1.variable_scope import unique_scope
from tfjax._src.core import names
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tape import GradientTape
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable, VariableAggregation
from tfjax._src.function import graph_gradients
from tfjax._src.ops.array import indexing
from tfjax._src.ops.math import segments
from tfjax._src.ops.sparse.indexed_slices import IndexedSlices


def _scoped(prefix: str) -> str:
    """A name that no other slot and no variable scope has."""
    name = unique_scope(prefix)
    store.scopes[name] = store.scopes.get(name, 0) + 1
    return name


def merged(slices: IndexedSlices) -> tuple[Any, Any]:
    """(values, rows) in which each row stands once, with the sum of its slices."""
    rows, places = indexing.unique(slices.indices)[:2]
    count = rows.shape[0] if rows.shape[0] is not None else slices.indices.shape[0]
    return segments.unsorted_segment_sum(slices.values, places, count), rows


@export("compat.v1.train.Optimizer")
class Optimizer:
    """Base class of v1 optimizers. Subclasses write `_create_slots` and the `_resource_apply` methods.

    Args:
      use_locking: no effect.
      name: part of the names of slots.
      use_own_namescope_for_non_slot_vars: no effect.
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2

    def __init__(
        self, use_locking: bool, name: str, use_own_namescope_for_non_slot_vars: bool = False
    ) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking, self._name = use_locking, name
        self._slots: dict[str, dict[Any, Variable]] = {}
        self._non_slots: dict[str, Variable] = {}

    def get_name(self) -> str:
        """The name given."""
        return self._name

    def minimize(
        self, loss: Any, global_step: Any = None, var_list: Any = None, gate_gradients: int = GATE_OP,
        aggregation_method: Any = None, colocate_gradients_with_ops: bool = False, name: Any = None,
        grad_loss: Any = None,
    ) -> Any:
        """One step: `compute_gradients`, then `apply_gradients`; in a graph the operation that does it.

        Raises:
          ValueError: no Variable has a gradient.
        """
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if not any(gradient is not None for gradient, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {[str(v) for _, v in pairs]} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step, name)

    def compute_gradients(
        self, loss: Any, var_list: Any = None, gate_gradients: int = GATE_OP, aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False, grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """(gradient, Variable) pairs.

        Args:
          loss: a function without arguments; inside a `tf.function` also a tensor.
          var_list: Variables; by default all trainable ones that `loss` reads.
          gate_gradients, aggregation_method, colocate_gradients_with_ops: no effect.
          grad_loss: the gradient of `loss` itself; 1 by default.
        """
        if not callable(loss):
            return self._traced_gradients(loss, var_list, gate_gradients, grad_loss)
        with GradientTape() as tape:
            if var_list is not None:
                tape.watch(var_list)
            value = loss()
        if var_list is None:
            var_list = tape.watched_variables()
        var_list = list(var_list)
        return list(zip(tape.gradient(value, var_list, grad_loss), var_list, strict=True))

    def _traced_gradients(self, loss: Any, var_list: Any, gate_gradients: int, grad_loss: Any) -> list[tuple[Any, Any]]:
        if frames.current() is None:
            raise RuntimeError(
                "`loss` passed to Optimizer.compute_gradients should be a function when eager execution is enabled."
            )
        if gate_gradients not in (0, 1, 2):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  "
                f"Not {gate_gradients}"
            )
        if var_list is None and graphs.active() is not None:
            var_list = collections.trainable_variables()
        if not var_list:
            raise ValueError("No variables to optimize.")
        var_list = list(var_list)
        gradients = graph_gradients.gradients(loss, var_list, grad_loss)
        return list(zip(gradients, var_list, strict=True))

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None, skip_gradients_aggregation: bool = False
    ) -> Any:
        """Updates the Variables, and adds 1 to `global_step`; in a graph the operation that does so.

        In a replica of a distribution strategy the gradients of all replicas add up first.
        With `skip_gradients_aggregation` they are added up already.

        Raises:
          ValueError: there are no pairs, or no gradients.
        """
        pairs = tuple(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        used = [(_gradient(g), v) for g, v in pairs if g is not None]
        if not used:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        replica = replicas.state.replica
        if replica is None:
            return self._apply(used, global_step, name)
        agreed = used if skip_gradients_aggregation else _summed(replica, used)
        return _update_once(replica, agreed, lambda pairs: self._apply(pairs, global_step, name))

    def _apply(self, used: list[tuple[Any, Variable]], global_step: Any, name: Any) -> Any:
        self._create_slots([v for _, v in used])
        graph = graphs.active()
        first = 0 if graph is None else len(graph.operations)
        self._prepare()
        for gradient, variable in used:
            self._update(gradient, variable)
        self._finish([], name or self._name)
        if global_step is not None:
            global_step.assign_add(1)
        return None if graph is None else graph.group(graph.writes(first), name or self._name)

    def _update(self, gradient: Any, variable: Variable) -> None:
        if isinstance(gradient, IndexedSlices):
            if variable.constraint is not None:
                raise RuntimeError("Cannot use a constraint function on a sparse variable.")
            self._resource_apply_sparse_duplicate_indices(gradient.values, variable, gradient.indices)
            return
        self._resource_apply_dense(gradient, variable)
        if variable.constraint is not None:
            variable.assign(variable.constraint(variable))

    # -- what subclasses write -----------------------------------------------------------------
    def _create_slots(self, var_list: list[Variable]) -> None:
        """Makes the slots of these Variables."""

    def _prepare(self) -> None:
        """Called before the updates of a step."""

    def _resource_apply_dense(self, grad: Any, handle: Any) -> Any:
        """Updates a Variable."""
        raise NotImplementedError

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, handle: Any, indices: Any) -> Any:
        """Updates rows of a Variable, some of which may be named more than once."""
        return self._resource_apply_sparse(*self._merged(grad, handle, indices))

    def _merged(self, grad: Any, handle: Any, indices: Any) -> tuple[Any, Any, Any]:
        values, rows = merged(IndexedSlices(grad, indices))
        return values, handle, rows

    def _resource_apply_sparse(self, grad: Any, handle: Any, indices: Any) -> Any:
        """Updates rows of a Variable, each named once."""
        raise NotImplementedError

    def _finish(self, update_ops: Any, name_scope: str) -> Any:
        """Called after the updates of a step."""

    # -- state -----------------------------------------------------------------------------------
    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """The Variable that goes with `var` under this name, or None."""
        return self._slots.get(name, {}).get(var.ref())

    def get_slot_names(self) -> list[str]:
        """The names of all slots, sorted."""
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """All Variables of the optimizer's own, sorted by name."""
        slots = [v for kind in self._slots.values() for v in kind.values()]
        return sorted([*self._non_slots.values(), *slots], key=lambda v: v.name)

    def _get_or_make_slot(self, var: Variable, val: Any, slot_name: str, op_name: str) -> Variable:
        kind = self._slots.setdefault(slot_name, {})
        if var.ref() not in kind:
            with names.name_scope(None):
                name = _scoped(f"{var._shared_name}/{op_name}")
                kind[var.ref()] = Variable(val, trainable=False, name=name, dtype=var.dtype)
        return kind[var.ref()]

    def _zeros_slot(self, var: Variable, slot_name: str, op_name: str) -> Variable:
        return self._get_or_make_slot(var, np.zeros(tuple(var.shape), var.dtype.np), slot_name, op_name)

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Variable:
        if name not in self._non_slots:
            with names.name_scope(None):
                self._non_slots[name] = Variable(initial_value, trainable=False, name=name)
        return self._non_slots[name]

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Variable | None:
        return self._non_slots.get(name)

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) and not isinstance(param, Variable) else param


def _summed(replica: Any, pairs: list[tuple[Any, Variable]]) -> list[tuple[Any, Variable]]:
    """The pairs with the gradients of all replicas added up; slices stay slices, those of all replicas."""
    summed: list[tuple[Any, Variable]] = []
    for gradient, variable in pairs:
        if isinstance(gradient, IndexedSlices):
            values, rows = replica.all_gather(gradient.values, 0), replica.all_gather(gradient.indices, 0)
            summed.append((IndexedSlices(values, rows), variable))
        else:
            summed.append((replica.all_reduce("SUM", gradient), variable))
    return summed


def _update_once(replica: Any, pairs: list[tuple[Any, Variable]], apply: Any) -> None:
    """Calls `apply` once for all replicas, whose gradients are the same by now."""
    flat: list[Tensor] = []
    for gradient, _ in pairs:
        flat += [gradient.values, gradient.indices] if isinstance(gradient, IndexedSlices) else [gradient]

    def update(agreed: list[Tensor]) -> None:
        parts = iter(agreed)
        common: list[tuple[Any, Variable]] = []
        for gradient, variable in pairs:
            slices = isinstance(gradient, IndexedSlices)
            common.append((IndexedSlices(next(parts), next(parts)) if slices else next(parts), variable))
        if replicas.state.replica is None:
            apply(common)
            return
        # One program for all replicas: what it writes from here on is the same in each of them.
        with replicas.switched(replica=None, merging=replica):
            apply(common)

    replica.reduce_and_update(VariableAggregation.ONLY_FIRST_REPLICA, flat, update)


def _gradient(gradient: Any) -> Any:
    if isinstance(gradient, (Tensor, IndexedSlices)):
        return gradient
    try:
        return to_tensor(gradient)
    except (TypeError, ValueError):
        raise TypeError(f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {gradient}") from None
