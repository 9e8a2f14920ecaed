"""Which way `Strategy.run` goes: one SPMD program, replicas traced in turn, or threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.distribute import lockstep, spmd
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.function.autograph import conversion as autograph
from tfjax._src.function.function import Function


def run(strategy: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`function` on every replica of a strategy over a mesh."""
    if frames.current() is None:
        if replicas.state.compiling:
            function = strategy.compiled(function)
        if isinstance(function, Function):
            return strategy.as_function(function)(*args, **kwargs)
        return lockstep.run_threads(strategy, function, args, kwargs)
    function = autograph.convert(
        function.python_function if isinstance(function, Function) else function
    )
    if spmd.is_uniform(nest.flatten((args, kwargs))):
        return spmd.run(strategy, function, args, kwargs)
    if strategy.extended.mesh.spans_processes:
        raise InvalidArgumentError(
            None,
            None,
            "The replicas' batches have different sizes, which is not possible with several processes. Use a global "
            "batch size that the number of replicas divides, and `drop_remainder=True`.",
        )
    return lockstep.run_replay(strategy, function, args, kwargs)
