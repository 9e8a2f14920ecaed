"""Strategy: how a program is spread over devices, and the default one, which spreads nothing."""

from __future__ import annotations

import contextlib
import logging
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.distribute import inputs
from tfjax._src.distribute.extended import StrategyExtended
from tfjax._src.distribute.options import as_reduce_op
from tfjax._src.distribute.replica import ReplicaContext
from tfjax._src.distribute.values import DistributedValues
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.function.autograph import conversion as autograph
from tfjax._src.function.function import Function

_log = logging.getLogger("tensorflow")


def require_cross_replica() -> None:
    """Raises RuntimeError inside a replica."""
    if replicas.state.replica is not None or replicas.state.single is not None:
        raise RuntimeError(
            "Method requires being in cross-replica context, use get_replica_context().merge_call()"
        )


@export("distribute.Strategy")
class Strategy:
    """A way to spread a program over devices.

    Make one of a subclass; Variables made in its `scope` belong to it, `run` runs a function on
    every replica, `reduce` brings results together.

    Args:
      extended: the part that knows the devices.
    """

    def __init__(self, extended: StrategyExtended) -> None:
        self._extended = extended
        self._by_code: dict[Any, Function] = {}
        self._functions: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()

    @property
    def extended(self) -> StrategyExtended:
        """What libraries use: devices, updates, reductions to Variables."""
        return self._extended

    @property
    def num_replicas_in_sync(self) -> int:
        """The number of replicas whose gradients are added up."""
        return self._extended.num_replicas

    @property
    def cluster_resolver(self) -> Any:
        """Who knows the cluster's tasks; None for a single process."""
        return None

    # -- scope ---------------------------------------------------------------------------------
    def scope(self) -> Any:
        """A context: this strategy is in force, and Variables made inside belong to it."""
        return _Scope(self)

    def colocate_vars_with(self, colocate_with_variable: Any) -> Any:
        """The old name of `extended.colocate_vars_with`."""
        return self._extended.colocate_vars_with(colocate_with_variable)

    # -- run -----------------------------------------------------------------------------------
    def run(
        self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None, options: Any = None
    ) -> Any:
        """Calls `fn` on each replica.

        Inside a tf.function, and for a tf.function, all replicas are one compiled program; eagerly
        each runs Python of its own.

        Args:
          fn: a function, or a tf.function.
          args, kwargs: of `fn`; of PerReplica values each replica gets its component.
          options: no effect.

        Returns:
          What `fn` returned, with PerReplica values in the places of tensors.
        """
        if not isinstance(args, (list, tuple)):
            raise ValueError(f"positional args must be a list or tuple, got {type(args)}")
        require_cross_replica()
        with self.scope():
            return self._extended.run(fn, tuple(args), dict(kwargs or {}))

    experimental_run_v2 = run

    def as_function(self, fn: Function) -> Function:
        """The tf.function that runs `fn`'s Python function on all replicas."""
        found = self._functions.get(fn)
        if found is None:
            python_function = fn.python_function

            def distributed(*args: Any, **kwargs: Any) -> Any:
                with replicas.switched(compiling=False):
                    return self._extended.run(python_function, args, kwargs)

            found = self._functions[fn] = Function(distributed, None, False)
        return found

    def compiled(self, fn: Callable[..., Any]) -> Any:
        """A tf.function of a plain function, found again by its code and what it closes over.

        A step defined inside another function is a new object at each call; its code and cells are not.
        """
        if isinstance(fn, Function) or not hasattr(fn, "__code__"):
            return fn
        cells = tuple(id(c.cell_contents) for c in fn.__closure__ or ())
        key = (fn.__code__, cells, fn.__defaults__)
        if key not in self._by_code:
            self._by_code[key] = Function(fn)
        return self._by_code[key]

    # -- bringing together ---------------------------------------------------------------------
    def reduce(self, reduce_op: Any, value: Any, axis: Any) -> Any:
        """The sum or mean of a value over the replicas.

        Args:
          reduce_op: "SUM", "MEAN" or a ReduceOp.
          value: a nest of PerReplica values.
          axis: an axis (or several) of the components to reduce as well, or None; a mean then counts
            the elements of all components, so that batches of unequal size weigh as they should.
        """
        require_cross_replica()
        operation = as_reduce_op(reduce_op)
        return nest.map_structure(lambda leaf: self._extended.reduce(operation, leaf, axis), value)

    def gather(self, value: Any, axis: int) -> Any:
        """The components of PerReplica values side by side along `axis`."""
        require_cross_replica()
        return nest.map_structure(lambda leaf: self._extended.gather(leaf, axis), value)

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        """The components of this process's replicas as a tuple."""
        if not any(
            isinstance(leaf, DistributedValues) or hasattr(leaf, "_component")
            for leaf in nest.flatten(value)
        ):
            return (value,) * (
                self._extended.local_count
                if nest.is_nested(value) and self._extended.local_count > 1
                else 1
            )

        def part(leaf: Any, i: int) -> Any:
            return (
                leaf.values[i]
                if isinstance(leaf, DistributedValues) or hasattr(leaf, "_component")
                else leaf
            )

        return tuple(
            nest.map_structure(lambda leaf, i=i: part(leaf, i), value)
            for i in range(self._extended.local_count)
        )

    unwrap = experimental_local_results

    def group(self, value: Any, name: Any = None) -> Any:
        """The value itself: nothing is left to wait for."""
        return value

    # -- data ----------------------------------------------------------------------------------
    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """A dataset of global batches whose elements are split over the replicas; `options` are hints."""
        return inputs.distribute_dataset(self, dataset)

    def distribute_datasets_from_function(
        self, dataset_fn: Callable[[Any], Any], options: Any = None
    ) -> Any:
        """A distributed dataset from `dataset_fn(input_context)`, whose batches are per replica."""
        return inputs.distribute_from_function(self, dataset_fn)

    experimental_distribute_datasets_from_function = distribute_datasets_from_function

    def experimental_distribute_values_from_function(self, value_fn: Callable[[Any], Any]) -> Any:
        """A PerReplica of `value_fn(context)` for each replica; the context tells its number."""
        return inputs.values_from_function(self, value_fn)

    def update_config_proto(self, config_proto: Any) -> Any:
        """The config itself: there are no sessions."""
        return config_proto


class _Scope:
    """`with strategy.scope()`: may be entered several times."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._stack: list[Any] = []

    def __enter__(self) -> Strategy:
        strategy, state = self._strategy, replicas.state
        require_cross_replica()
        if state.strategy is not None and state.strategy is not strategy:
            raise RuntimeError(
                f"Mixing different tf.distribute.Strategy objects: {state.strategy} is not {strategy}"
            )
        context = contextlib.ExitStack()
        context.enter_context(strategy.extended.entered(strategy))
        self._stack.append(context)
        return strategy

    def __exit__(self, *exc: Any) -> None:
        self._stack.pop().__exit__(*exc)


# -- one replica -----------------------------------------------------------------------------------------
class SingleExtended(StrategyExtended):
    """A single replica: everything runs as without a strategy."""

    num_replicas = 1
    local_count = 1

    def run(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        own_args, own_kwargs = nest.map_structure(
            lambda v: v.values[0] if isinstance(v, DistributedValues) else v, (args, kwargs)
        )
        if not isinstance(fn, Function):
            fn = autograph.convert(fn) if frames.current() is not None else fn
        with replicas.switched(single=ReplicaContext(self.strategy, 0)):
            return fn(*own_args, **own_kwargs)

    def reduce(self, operation: Any, value: Any, axis: Any) -> Any:
        return self.reduce_axes(
            operation, value.values[0] if isinstance(value, DistributedValues) else value, axis
        )

    def gather(self, value: Any, axis: int) -> Any:
        return value.values[0] if isinstance(value, DistributedValues) else value


class _DefaultExtended(SingleExtended):
    @contextlib.contextmanager
    def entered(self, strategy: Strategy) -> Iterator[None]:
        yield


class DefaultStrategy(Strategy):
    """What is in force without a strategy."""

    def __init__(self) -> None:
        super().__init__(_DefaultExtended(self))


_default: list[Strategy] = []


def default_strategy() -> Strategy:
    """The one default strategy."""
    if not _default:
        _default.append(DefaultStrategy())
    return _default[0]


# -- questions -------------------------------------------------------------------------------------------
_globally_set: list[Strategy] = []


@export("distribute.get_strategy")
def get_strategy() -> Strategy:
    """The strategy in force; a default one, with one replica, outside of any scope.

    >>> import tfjax as tf
    >>> tf.distribute.get_strategy().num_replicas_in_sync
    1
    """
    return replicas.state.strategy or default_strategy()


@export("distribute.has_strategy")
def has_strategy() -> bool:
    """Whether a strategy other than the default one is in force.

    >>> import tfjax as tf
    >>> tf.distribute.has_strategy()
    False
    """
    return replicas.state.strategy is not None


@export("distribute.get_replica_context")
def get_replica_context() -> Any:
    """The ReplicaContext of the replica that runs; None between replicas (as in a scope)."""
    state = replicas.state
    if state.replica is not None:
        return state.replica
    if state.single is not None:
        return state.single
    if state.strategy is not None:
        return None
    return ReplicaContext(default_strategy(), 0)


@export("distribute.in_cross_replica_context")
def in_cross_replica_context() -> bool:
    """True in a strategy's scope, outside of its replicas.

    >>> import tfjax as tf
    >>> tf.distribute.in_cross_replica_context()
    False
    """
    return get_replica_context() is None


@export("distribute.experimental_set_strategy")
def experimental_set_strategy(strategy: Strategy | None) -> None:
    """Puts a strategy in force from now on, as its scope would; None ends it.

    Raises RuntimeError inside a scope.
    """
    state = replicas.state
    if state.strategy is not None and not (_globally_set and _globally_set[0] is state.strategy):
        raise RuntimeError("Must not be called inside a `tf.distribute.Strategy` scope.")
    if _globally_set:
        _globally_set.pop()
        _global_scope.pop().__exit__(None, None, None)
    if strategy is not None:
        scope = strategy.scope()
        scope.__enter__()
        _globally_set.append(strategy)
        _global_scope.append(scope)


_global_scope: list[Any] = []
