"""Functions and classes of tensorflow.python.ops that have no public name."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.compat.python.framework import DenseSpec
from tfjax._src.compat.python.structures import is_variable
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.custom_gradient import custom_gradient
from tfjax._src.eager.variable import Variable
from tfjax._src.function.flow_api import get_static_value
from tfjax._src.function.mapping import vectorized_map
from tfjax._src.linear_operators.base import LinearOperator
from tfjax._src.linear_operators.identity import LinearOperatorIdentity, LinearOperatorScaledIdentity
from tfjax._src.linear_operators.stored import (
    LinearOperatorDiag,
    LinearOperatorFullMatrix,
    LinearOperatorLowerTriangular,
)
from tfjax._src.ops.array.creation import range_
from tfjax._src.ops.array.shaping import identity
from tfjax._src.ops.random import bounded, state


@export("python.ops.resource_variable_ops.VariableSpec")
class VariableSpec(DenseSpec):
    """Shape, dtype and trainability of a Variable.

    >>> VariableSpec([2, None])
    VariableSpec(shape=(2, None), dtype=tf.float32, trainable=True, alias_id=None)
    """

    value_type = Variable

    def __init__(self, shape: Any, dtype: Any = "float32", trainable: bool = True, alias_id: Any = None) -> None:
        super().__init__(shape, dtype)
        self.trainable, self.alias_id = trainable, alias_id

    @classmethod
    def from_value(cls, value: Any) -> VariableSpec:
        """The spec of a Variable."""
        return cls(value.shape, value.dtype, bool(value.trainable))

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """True for Variables of this dtype and trainability, and a fitting shape."""
        if not (is_variable(spec_or_value) or isinstance(spec_or_value, VariableSpec)):
            return False
        fits = self.dtype == spec_or_value.dtype and self.shape.is_compatible_with(spec_or_value.shape)
        return fits and self.trainable == spec_or_value.trainable

    def _to_components(self, value: Any) -> list[Any]:
        return [value]

    def _from_components(self, components: Any) -> Any:
        return components[0]

    def _key(self) -> tuple[Any, ...]:
        return (self.shape, self.dtype, self.trainable, self.alias_id)

    _serialize = _key

    def __repr__(self) -> str:
        return f"VariableSpec(shape={self.shape}, dtype={self.dtype!r}, trainable={self.trainable}, alias_id={self.alias_id})"


@export("python.ops.array_ops.prevent_gradient")
def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Any:
    """`input`; a gradient through it raises LookupError with `message`."""

    @custom_gradient
    def passed(x: Any) -> Any:
        def grad(*upstream: Any) -> Any:
            raise LookupError(f"Gradient explicitly disabled. Reason: {message.encode()!r}")

        return identity(x), grad

    return passed(input)


@export("compat.v1.colocate_with")
@contextlib.contextmanager
def colocate_with(op: Any, ignore_existing: bool = False) -> Iterator[None]:
    """A context without effect: values stay on the device that computed them."""
    yield


@export("python.ops.random_ops.parameterized_truncated_normal")
def parameterized_truncated_normal(
    shape: Any, means: Any = 0.0, stddevs: Any = 1.0, minvals: Any = -2.0, maxvals: Any = 2.0, dtype: Any = "float32",
    seed: int | None = None, name: str | None = None,
) -> Any:  # fmt: skip
    """Normal numbers between bounds; see `tf.random.stateless_parameterized_truncated_normal`."""
    pair = state.op_seeds(seed) or state.op_seeds(0)
    return bounded.stateless_parameterized_truncated_normal(shape, list(pair), means, stddevs, minvals, maxvals)


@export("python.ops.parallel_for.control_flow_ops.pfor")
def pfor(
    loop_fn: Callable[[Any], Any], iters: Any, fallback_to_while_loop: bool = True, parallel_iterations: int | None = None, warn: bool = False
) -> Any:
    """`loop_fn(i)` for each `i` below `iters`, stacked: all at once where that is possible.

    `parallel_iterations` and `warn` have no effect.
    """
    return vectorized_map(loop_fn, range_(iters), fallback_to_while_loop=fallback_to_while_loop)


@export("python.ops.control_flow_case._case_helper")
def case_helper(
    cond_fn: Callable[..., Any], pred_fn_pairs: Any, default: Any, exclusive: bool, name: str, allow_python_preds: bool = False, **cond_kwargs: Any
) -> Any:
    """`tf.case` that chooses with `cond_fn(predicate, true_fn=…, false_fn=…, **cond_kwargs)`.

    Raises:
      TypeError: for a Python bool as predicate without `allow_python_preds`.
      InvalidArgumentError: if the predicates are known, none is true and there is no `default`.
    """
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    for pred, function in pairs:
        if isinstance(pred, bool) and not allow_python_preds:
            raise TypeError(f"pred must be a Tensor, got: {pred}")
        if not callable(function):
            raise TypeError(f"fn must be callable, got: {function}")
    truths = [get_static_value(pred) for pred, _ in pairs]
    if exclusive and sum(bool(t) for t in truths if t is not None) > 1:
        raise InvalidArgumentError(None, None, "Input error: exclusive=True: more than 1 conditions evaluated as True:")
    if default is None:
        if all(t is not None and not t for t in truths):
            raise InvalidArgumentError(None, None, "Input error: None of conditions evaluated as True:")
        *pairs, (_, default) = pairs
    action = default
    for pred, function in reversed(pairs):
        action = functools.partial(cond_fn, pred, true_fn=function, false_fn=action, name=name, **cond_kwargs)
    return action()


@export("python.trackable.data_structures.sticky_attribute_assignment")
def sticky_attribute_assignment(trackable: Any, name: str, value: Any) -> Any:
    """`value`, as it may be kept in an attribute: containers of trackable objects stay what they are."""
    return value


#: Kinds of operators from the most special to the most general, each able to hold those before it.
_KINDS = (LinearOperatorScaledIdentity, LinearOperatorDiag, LinearOperatorLowerTriangular, LinearOperatorFullMatrix)


def _kind(operator: Any) -> int:
    if isinstance(operator, LinearOperatorIdentity):
        return 0
    return next((i for i, kind in enumerate(_KINDS) if isinstance(operator, kind)), len(_KINDS) - 1)


def _sum(a: Any, b: Any, name: str | None) -> Any:
    kind = max(_kind(a), _kind(b))
    both = {h: getattr(a, h) and getattr(b, h) for h in ("is_positive_definite", "is_self_adjoint")}
    hints = {h: True if value else None for h, value in both.items()}
    hints["is_non_singular"] = hints["is_positive_definite"]
    name = name or f"Add/{a.name}__{b.name}/"
    if kind == 0:
        parts = [1.0 if isinstance(x, LinearOperatorIdentity) else x.multiplier for x in (a, b)]
        total = identity(a.diag_part()[..., 0] * 0 + parts[0] + parts[1])
        return LinearOperatorScaledIdentity(a.domain_dimension, total, **hints, name=name)
    if kind == 1:
        return LinearOperatorDiag(a.diag_part() + b.diag_part(), **hints, name=name)
    general, special = (a, b) if _kind(a) >= _kind(b) else (b, a)
    dense = special.add_to_tensor(general.to_dense())
    return _KINDS[kind](dense, **(hints if kind > 2 else {}), name=name)


@export("python.ops.linalg.linear_operator_addition.add_operators")
def add_operators(operators: Any, operator_name: str | None = None, addition_tiers: Any = None, name: str | None = None) -> list[LinearOperator]:
    """A list of one operator that acts as the sum: of the most special kind that holds it.

    Args:
      operators: linear operators of one shape and dtype.
      operator_name: the name of the result.
      addition_tiers: must be None.
      name: no effect.

    Raises:
      ValueError: for `addition_tiers`.
    """
    if addition_tiers is not None:
        raise ValueError(f"`addition_tiers` must be None. Received: {addition_tiers}.")
    ordered = sorted(operators, key=_kind)
    return [functools.reduce(lambda a, b: _sum(a, b, operator_name), ordered)]


@export("python.ops.linalg.linear_operator.make_composite_tensor")
def make_composite_tensor(cls: type, module_name: str = "tf.linalg") -> type:
    """Decorates a class of linear operators; it stays what it is, since they need no spec here."""
    return cls
