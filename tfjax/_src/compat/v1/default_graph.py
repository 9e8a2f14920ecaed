"""Functions around the default graph: switching graphs on, placeholders, symbolic gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.compat.v1 import behavior, collections
from tfjax._src.compat.v1 import graph as graphs
from tfjax._src.compat.v1.inference import PROBES, Spec
from tfjax._src.core import dtypes, errors
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.tape import UnconnectedGradients
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import graph_gradients


@export("compat.v1.disable_eager_execution")
def disable_eager_execution() -> None:
    """Makes a `tf.Graph` the default one of this thread from now on."""
    graphs.start_root_graph()


@export("compat.v1.disable_v2_behavior")
def disable_v2_behavior() -> None:
    """Records ops in a `tf.Graph` from now on, for `tf.compat.v1.Session` to run.

    Sizes of shapes become `Dimension`s, and `==` compares tensors as objects.
    """
    disable_eager_execution()
    behavior.disable_v2_tensorshape()
    behavior.disable_tensor_equality()
    behavior.disable_resource_variables()
    behavior.disable_control_flow_v2()


@export("compat.v1.reset_default_graph")
def reset_default_graph() -> None:
    """Begins a new default graph; empties all collections, and forgets the numbering of variable scopes.

    Raises:
      AssertionError: inside of `with graph.as_default()`.
    """
    if graphs.leave_root_graph():
        graphs.start_root_graph()
    elif graphs.active() is not None:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting and "
            "create a new graph."
        )
    else:
        collections.store.__init__()  # type: ignore[misc]


@export("compat.v1.placeholder")
def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor whose value `Session.run` is given in `feed_dict`.

    Args:
      dtype: its dtype.
      shape: sizes, None where any will do; no shape at all lets any value in.
      name: its operation's name.

    Raises:
      RuntimeError: under eager execution.
    """
    graph = graphs.active()
    if graph is None:
        raise RuntimeError("tf.placeholder() is not compatible with eager execution.")

    def missing() -> Any:
        shown = "" if sizes.rank is None else f" and shape {str(sizes.as_list()).replace('None', '?').replace(' ', '')}"
        raise errors.InvalidArgumentError(
            None, None, f"You must feed a value for placeholder tensor '{op.name}' with dtype {_short(kind)}{shown}"
        )

    kind, sizes = dtypes.as_dtype(dtype), TensorShape(shape)
    op = graph.add("Placeholder", missing, [], name)
    op._host = True
    dims = None if sizes.rank is None else tuple(sizes.as_list())
    spec = Spec(dims, kind.np)
    if kind.is_integer and dims is not None and (dims == () or len(dims) == 1 and (dims[0] or 99) <= 8):
        # It may be a size: then shapes made of it are open where it is used.
        spec.known, spec.sure = tuple([np.full(dims, p, kind.np) for p in PROBES]), False
    return graph.outputs(op, [spec])[0]


def _short(dtype: Any) -> str:
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


@export("compat.v1.get_default_session")
def get_default_session() -> Any:
    """The innermost session that is the default one of this thread, or None."""
    return graphs.get_default_session()


@export("compat.v1.gradients")
def gradients(
    ys: Any, xs: Any, grad_ys: Any = None, name: str = "gradients", colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False, aggregation_method: Any = None, stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """`tf.gradients`, in a graph or a tf.function; `colocate_gradients_with_ops` has no effect."""
    return graph_gradients.gradients(
        ys, xs, grad_ys, name, gate_gradients, aggregation_method, stop_gradients, unconnected_gradients
    )
