"""Variable scopes, get_variable and templates, as they behave under eager execution.

There, get_variable makes a new Variable at each call; only inside a template are those of the
first call used again.
"""

from __future__ import annotations

import enum
import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any

from tfjax._src.compat.v1 import graph as graphs
from tfjax._src.compat.v1 import initializers
from tfjax._src.compat.v1.collections import GraphKeys, add_to_collection, get_collection, store
from tfjax._src.core import dtypes, names
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.variable import Variable, VariableAggregation, VariableSynchronization


class _ReuseMode(enum.Enum):
    """What get_variable does with a name that has a Variable."""

    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE
EXPORTS = {"compat.v1.AUTO_REUSE": "AUTO_REUSE"}


@export("compat.v1.VariableScope")
class VariableScope:
    """The prefix and the defaults that get_variable uses.

    Eager scopes share what there is and make what is missing, so `reuse` is always `AUTO_REUSE`.
    `caching_device` and `use_resource` have no effect.
    """

    def __init__(
        self, reuse: Any, name: str = "", initializer: Any = None, regularizer: Any = None, caching_device: Any = None,
        partitioner: Any = None, custom_getter: Any = None, name_scope: str = "", dtype: Any = dtypes.float32,
        use_resource: Any = None, constraint: Any = None,
    ) -> None:
        if caching_device is not None:
            raise NotImplementedError("Caching devices is not yet supported when eager execution is enabled.")
        _refuse_partitioner(partitioner)
        self.name, self.original_name_scope = name, name_scope
        self.initializer, self.regularizer, self.constraint = initializer, regularizer, constraint
        self.custom_getter, self.dtype = custom_getter, dtype
        self.caching_device, self.partitioner, self.use_resource = None, None, True
        self._shares = reuse

    @property
    def reuse(self) -> Any:
        """In a graph whether get_variable finds Variables (True) or makes them (False), or AUTO_REUSE; else AUTO_REUSE."""
        return AUTO_REUSE if graphs.active() is None else self._shares

    def reuse_variables(self) -> None:
        """Makes get_variable find Variables in a graph; eager scopes share anyway."""
        self._shares = True

    def set_initializer(self, initializer: Any) -> None:
        """Sets the default initializer."""
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        """Sets the default regularizer."""
        self.regularizer = regularizer

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Sets what wraps the making of Variables."""
        self.custom_getter = custom_getter

    def set_caching_device(self, caching_device: Any) -> None:
        """Notes the device; Variables are read where they are.

        Raises NotImplementedError outside of a tf.function.
        """
        if frames.current() is None:
            raise NotImplementedError("Caching devices are not yet supported when eager execution is enabled.")
        self.caching_device = caching_device

    def set_dtype(self, dtype: Any) -> None:
        """Sets the default dtype."""
        self.dtype = dtype

    def get_collection(self, name: Any) -> list[Any]:
        """The members of a collection that were named in this scope."""
        return get_collection(name, self.name + "/" if self.name else "")

    def global_variables(self) -> list[Any]:
        """`GraphKeys.GLOBAL_VARIABLES` of this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def trainable_variables(self) -> list[Any]:
        """`GraphKeys.TRAINABLE_VARIABLES` of this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def local_variables(self) -> list[Any]:
        """`GraphKeys.LOCAL_VARIABLES` of this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)


def _refuse_partitioner(partitioner: Any) -> None:
    if partitioner is not None:
        raise NotImplementedError("Partitioned variables are not yet supported when eager execution is enabled.")


class _State(threading.local):
    def __init__(self) -> None:
        self.scope = VariableScope(False)
        self.shared: dict[str, Variable] | None = None  # the Variables of the template that runs


_state = _State()


@export("compat.v1.get_variable_scope")
def get_variable_scope() -> VariableScope:
    """The scope in force.

    >>> import tfjax.compat.v1 as tf
    >>> tf.get_variable_scope().name
    ''
    """
    return _state.scope


def unique_scope(prefix: str) -> str:
    """`prefix`, with a number behind it if there was such a scope."""
    name, number = prefix, 0
    while store.scopes.get(name):
        number += 1
        name = f"{prefix}_{number}"
    return name


def opened(name: str) -> None:
    """Counts a scope, and forgets what was counted below it."""
    store.scopes[name] = store.scopes.get(name, 0) + 1


def closed(name: str) -> None:
    """Lets the numbering below a scope begin again."""
    for other in [other for other in store.scopes if other.startswith(name + "/")]:
        store.scopes[other] = 0


@export("compat.v1.variable_scope")
class variable_scope:  # noqa: N801 (TensorFlow's public name)
    """A context that puts `name/` before the names of get_variable and sets its defaults.

    Args:
      name_or_scope: a name or a VariableScope; None for `default_name`, made unique.
      values: no effect.
      auxiliary_name_scope: whether it opens a `tf.name_scope` as well.
      Others: as in VariableScope.

    >>> import tfjax.compat.v1 as tf
    >>> with tf.variable_scope("layer"):
    ...     tf.get_variable("w", [2]).name
    'layer/w:0'
    """

    def __init__(
        self, name_or_scope: Any, default_name: Any = None, values: Any = None, initializer: Any = None,
        regularizer: Any = None, caching_device: Any = None, partitioner: Any = None, custom_getter: Any = None,
        reuse: Any = None, dtype: Any = None, use_resource: Any = None, constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"The auxiliary_name_scope must be `True` or `False`, while get {auxiliary_name_scope}")
        self._wanted, self._default_name, self._reuse = name_or_scope, default_name, reuse
        self._auxiliary = auxiliary_name_scope
        self._changes = {
            "initializer": initializer, "regularizer": regularizer, "caching_device": caching_device,
            "partitioner": partitioner, "custom_getter": custom_getter, "dtype": dtype, "constraint": constraint,
        }

    def __enter__(self) -> VariableScope:
        self._before = outer = _state.scope
        wanted = self._wanted
        if isinstance(wanted, VariableScope):
            base, name = wanted, wanted.name
        else:
            prefix = outer.name + "/" if outer.name else ""
            name = unique_scope(prefix + self._default_name) if wanted is None else prefix + wanted
            base = outer
        self._names = names.name_scope(name.rpartition("/")[2]) if self._auxiliary and name else None
        scope_name = self._names.__enter__() if self._names else names.current_scope()
        if isinstance(wanted, VariableScope):
            scope_name = wanted.original_name_scope
        opened(name)
        _state.scope = self._inner(base, name, scope_name)
        return _state.scope

    def _inner(self, base: VariableScope, name: str, scope_name: str) -> VariableScope:
        defaults = {key: getattr(base, key) for key in self._changes}
        changes = {key: value for key, value in self._changes.items() if value is not None}
        getter = changes.get("custom_getter")
        if getter is not None and base.custom_getter is not None:
            changes["custom_getter"] = _nested(base.custom_getter, getter)
        reuse = base.reuse or _state.scope.reuse if self._reuse is None else self._reuse
        return VariableScope(reuse, name, name_scope=scope_name, **{**defaults, **changes})

    def __exit__(self, *exc: Any) -> None:
        closed(_state.scope.name)
        _state.scope = self._before
        if self._names:
            self._names.__exit__(*exc)


def _nested(outer: Callable[..., Any], inner: Callable[..., Any]) -> Callable[..., Any]:
    """A getter in which `inner` calls `outer` to get a Variable."""

    def getter(make: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, make), *args, **kwargs)

    return getter


class _Penalty:
    """A regularizer's loss, computed anew whenever it is used as a tensor."""

    def __init__(self, compute: Callable[[], Any]) -> None:
        self._compute = compute

    def _dense_var_to_tensor(self, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Any:
        return to_tensor(self._compute(), dtype)

    def numpy(self) -> Any:
        """The loss as it is now."""
        return self._dense_var_to_tensor().numpy()


@export("compat.v1.get_variable")
def get_variable(
    name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None,
    trainable: Any = None, collections: Any = None, caching_device: Any = None, partitioner: Any = None,
    validate_shape: bool = True, use_resource: Any = None, custom_getter: Any = None, constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO, aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """A Variable named within the scope in force, with the scope's defaults.

    Args:
      name: below the scope's name.
      shape: sizes; not given where `initializer` is a value.
      initializer: called with the shape, or a value; by default Glorot's uniform distribution for
        floats and zeros for other dtypes.
      regularizer: its loss goes into the collection `GraphKeys.REGULARIZATION_LOSSES`.
      custom_getter: called with the function that makes the Variable, and its arguments.
      collections, caching_device, validate_shape, use_resource: no effect under eager execution.
      partitioner: not supported: raises NotImplementedError.

    >>> import tfjax.compat.v1 as tf
    >>> tf.get_variable("v", [2], initializer=tf.ones_initializer())
    <tf.Variable 'v:0' shape=(2,) dtype=float32, numpy=array([1., 1.], dtype=float32)>
    """
    _refuse_partitioner(partitioner)
    scope = _state.scope
    initializer = scope.initializer if initializer is None else initializer
    regularizer = scope.regularizer if regularizer is None else regularizer
    constraint = scope.constraint if constraint is None else constraint
    if dtype is None and (initializer is None or callable(initializer)):
        dtype = scope.dtype
    full = f"{scope.name}/{name}" if scope.name else name
    kwargs = {
        "shape": shape, "dtype": dtype, "initializer": initializer, "regularizer": regularizer,
        "trainable": trainable, "constraint": constraint, "synchronization": synchronization,
        "aggregation": aggregation,
    }
    getter = custom_getter if custom_getter is not None else scope.custom_getter
    if custom_getter is not None and scope.custom_getter is not None:
        getter = _nested(scope.custom_getter, custom_getter)
    if getter is None:
        return _make(name=full, **kwargs)
    return getter(_make, name=full, **kwargs)


def _make(
    name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None,
    trainable: Any = None, constraint: Any = None, **how: Any,
) -> Variable:
    """A new Variable under its full name, or the template's."""
    shared = _state.shared
    if shared is not None and name in shared:
        return _checked(shared[name], shape, dtype)
    graph = graphs.active()
    if graph is not None and (found := _shared(graph, name)) is not None:
        return _checked(found, shape, dtype)
    value = _initial(name, shape, dtype, initializer)
    with names.name_scope(None):
        variable = Variable(value, trainable, name=name, constraint=constraint, **how)
    if shared is not None:
        shared[name] = variable
    if graph is not None:
        graph.by_name[name] = variable
    if regularizer:
        add_to_collection(GraphKeys.REGULARIZATION_LOSSES, _Penalty(lambda: regularizer(variable)))
    return variable


def _shared(graph: Any, name: str) -> Any:
    """A graph's Variable of this name where the scope in force lets it be used again, else None."""
    found, reuse = graph.by_name.get(name), _state.scope.reuse
    if found is not None and not reuse:
        raise ValueError(
            f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
        )
    if found is None and reuse is True:
        raise ValueError(
            f"Variable {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
            "reuse=tf.AUTO_REUSE in VarScope?"
        )
    return found


def _checked(variable: Variable, shape: Any, dtype: Any) -> Variable:
    if shape is not None and not TensorShape(shape).is_compatible_with(variable.shape):
        raise ValueError(
            f"Trying to share variable {variable._shared_name}, but specified shape {TensorShape(shape)} and "
            f"found shape {variable.shape}."
        )
    if dtype is not None and dtypes.as_dtype(dtype) != variable.dtype:
        raise ValueError(
            f"Trying to share variable {variable._shared_name}, but specified dtype "
            f"{dtypes.as_dtype(dtype).name} and found dtype {variable.dtype.name}."
        )
    return variable


def _initial(name: str, shape: Any, dtype: Any, initializer: Any) -> Any:
    """The initial value of a Variable."""
    if initializer is not None and not callable(initializer):
        if shape is not None:
            raise ValueError("If initializer is a constant, do not specify shape.")
        value = to_tensor(initializer)
        if dtype is not None and dtypes.as_dtype(dtype) != value.dtype:
            raise ValueError(
                f"Initializer type '<dtype: '{value.dtype.name}'>' and explicit dtype "
                f"'<dtype: '{dtypes.as_dtype(dtype).name}'>' don't match."
            )
        return value
    dtype = dtypes.as_dtype(dtype)
    if inspect.isclass(initializer):
        initializer = initializer()
    if initializer is None:
        floating = dtype.is_floating
        initializer = initializers.GlorotUniform() if floating else initializers.Zeros()
    if shape is not None:
        return initializer(TensorShape(shape).as_list(), dtype=dtype)
    needed = [
        p for p in inspect.signature(initializer).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if needed:
        raise ValueError(
            f"Variable {name} did not get an initializer, so its `shape` argument must be specified."
        )
    return to_tensor(initializer(), dtype)


@export("compat.v1.get_local_variable")
def get_local_variable(
    name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, regularizer: Any = None,
    trainable: Any = False, collections: Any = None, caching_device: Any = None, partitioner: Any = None,
    validate_shape: bool = True, use_resource: Any = None, custom_getter: Any = None, constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO, aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """`get_variable` of a Variable that is not trainable."""
    return get_variable(
        name, shape, dtype, initializer, regularizer, False, custom_getter=custom_getter, partitioner=partitioner,
        constraint=constraint, synchronization=synchronization, aggregation=aggregation,
    )


class Template:
    """A function whose get_variable makes Variables at the first call and finds them later."""

    def __init__(self, name: str, func: Callable[..., Any], unique_name: Any, custom_getter: Any) -> None:
        self._func, self.name = func, name
        self._unique, self._getter = unique_name, custom_getter
        self._found: dict[str, Variable] = {}
        self._scope: VariableScope | None = None

    def _enter(self) -> variable_scope:
        if self._scope is not None:
            return variable_scope(self._scope)
        return variable_scope(self._unique, self.name, custom_getter=self._getter)

    def create_scope(self) -> None:
        """Fixes the scope before the first call."""
        with self._enter() as scope:
            self._scope = scope

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        before = _state.shared
        with self._enter() as scope:
            self._scope = self._scope or scope
            _state.shared = self._found
            try:
                return self._func(*args, **kwargs)
            finally:
                _state.shared = before

    @property
    def func(self) -> Callable[..., Any]:
        """The function."""
        return self._func

    @property
    def variable_scope(self) -> VariableScope | None:
        """The scope of its Variables; None before the first call."""
        return self._scope

    @property
    def var_scope(self) -> VariableScope | None:
        """The scope of its Variables; None before the first call."""
        return self._scope

    @property
    def variables(self) -> list[Variable]:
        """Its Variables, sorted by name."""
        return [self._found[name] for name in sorted(self._found)]

    @property
    def trainable_variables(self) -> list[Variable]:
        """Those that are trainable."""
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Those that are not trainable."""
        return [v for v in self.variables if not v.trainable]

    @property
    def global_variables(self) -> list[Variable]:
        """The same as `variables`."""
        return self.variables


@export("compat.v1.make_template")
def make_template(
    name_: str, func_: Any, create_scope_now_: bool = False, unique_name_: Any = None, custom_getter_: Any = None,
    **kwargs: Any,
) -> Any:
    """A function that shares its Variables between calls; `kwargs` are given to each call.

    >>> import tfjax.compat.v1 as tf
    >>> layer = tf.make_template("layer", lambda: tf.get_variable("w", [2]))
    >>> layer() is layer()
    True
    """
    template = Template(name_, functools.partial(func_, **kwargs) if kwargs else func_, unique_name_, custom_getter_)
    if create_scope_now_:
        template.create_scope()
    return template
