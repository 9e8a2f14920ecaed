"""tf.compat.v1: ops with their old arguments, switches and collections."""

from __future__ import annotations

from typing import Any

import numpy as np

from compat_tests.expressions import expression_table

X = np.array([[0.5, -1.0, 2.0], [3.0, 0.0, 1.5]], np.float32)


def values(tf: Any) -> dict[str, Any]:
    return {"v1": tf.compat.v1, "x": tf.constant(X), "b": tf.constant(X > 0), "X": X}


test_reductions = expression_table(
    [
        f"v1.{space}{op}({'b' if op in ('reduce_any', 'reduce_all') else 'x'}{args})"
        for op in "reduce_sum reduce_mean reduce_prod reduce_max reduce_min reduce_any reduce_all reduce_logsumexp".split()
        for space, args in [
            ("", ""), ("", ", reduction_indices=1"), ("math.", ", 0, True"), ("", ", [0, 1], keep_dims=True"),
            ("", ", axis=0, reduction_indices=0"), ("", ", keepdims=True, keep_dims=False"), ("", ", -1, None, 'n'"),
        ]
    ],
    values,
)

test_old_arguments = expression_table(
    """
    v1.argmax(x)
    v1.argmax(x, dimension=1)
    v1.argmin(x, 1, None, None, tf.int32)
    v1.argmax(x, axis=0, dimension=0)
    v1.expand_dims(x, dim=1)
    v1.expand_dims(x, 0)
    v1.expand_dims(x)
    v1.expand_dims(x, axis=0, dim=0)
    v1.squeeze([[1, 2]], squeeze_dims=0)
    v1.squeeze([[[1], [2]]], 0)
    v1.squeeze([[1]])
    v1.squeeze([[1]], axis=0, squeeze_dims=0)
    v1.count_nonzero(x, reduction_indices=1, keep_dims=True)
    v1.count_nonzero(input=x, axis=0, dtype=tf.int32)
    v1.count_nonzero(x, axis=0, reduction_indices=0)
    v1.norm(x, keep_dims=True)
    v1.norm(x, 1, 0)
    v1.norm(x, keepdims=True, keep_dims=True)
    v1.transpose(x, [1, 0], 'n', True)
    v1.transpose(x)
    v1.shape(x, None, tf.int64)
    v1.shape(x)
    v1.size(x, 'n', tf.int64)
    v1.size(x)
    v1.gather(x, [1], None, None, 1)
    v1.gather(x, [0, 1], validate_indices=True)
    v1.gather_nd(x, [[0, 1], [1, 2]], 'n')
    v1.zeros_like(x, tf.int32, 'n', False)
    v1.ones_like(x, optimize=False)
    v1.constant(1.0, shape=[2, 2])
    v1.constant([1, 2], tf.float64, [2, 1], 'n', True)
    v1.convert_to_tensor([1, 2], preferred_dtype=tf.float32)
    v1.convert_to_tensor([1, 2], tf.int64, 'n')
    v1.where([True, False], x, x + 1)
    v1.where(b, x, -x)
    v1.where(b)
    v1.where(True, 1, 2)
    v1.where([True, False], [1, 2], [3, 4])
    v1.where([True], 1)
    v1.div(7, 2)
    v1.div(-7.0, 2.0)
    v1.div([7, -7], 2)
    v1.to_float([1, 2])
    v1.to_double(1)
    v1.to_int32([1.7, -1.7])
    v1.to_int64(x)
    v1.to_bfloat16(x)
    v1.cond(tf.constant(True), fn1=lambda: 1, fn2=lambda: 2)
    v1.cond(tf.constant(False), lambda: x, lambda: -x)
    v1.cond(True)
    v1.cond(True, lambda: 1)
    v1.py_func(lambda a: a + 1, [X], tf.float32)
    v1.placeholder_with_default(X, [None, 3])
    v1.placeholder_with_default(3, [])
    """,
    values,
)

test_switches = expression_table(
    """
    v1.enable_v2_behavior()
    v1.enable_eager_execution()
    v1.enable_resource_variables()
    v1.enable_control_flow_v2()
    v1.enable_tensor_equality()
    v1.enable_v2_tensorshape()
    v1.resource_variables_enabled()
    v1.control_flow_v2_enabled()
    v1.executing_eagerly()
    tf.function(lambda: v1.executing_eagerly() and 1 or 2)().numpy()
    v1.executing_eagerly_outside_functions()
    v1.global_variables_initializer()
    v1.local_variables_initializer()
    v1.initialize_all_variables()
    v1.variables_initializer([tf.Variable(1.0)])
    v1.tables_initializer()
    v1.is_variable_initialized(tf.Variable(1.0))
    v1.logging.DEBUG, v1.logging.INFO, v1.logging.WARN, v1.logging.ERROR, v1.logging.FATAL
    v1.logging.set_verbosity(v1.logging.ERROR), v1.logging.get_verbosity()
    """,
    values,
)

test_collections = expression_table(
    """
    v1.reset_default_graph()
    v1.get_collection('c')
    v1.add_to_collection('c', 1)
    v1.add_to_collections(['c', 'd', 'c'], tf.Variable(2.0, name='two'))
    v1.add_to_collections('c', 'text')
    v1.get_collection('c')[0], v1.get_collection('c')[1].name, v1.get_collection('c')[2:]
    len(v1.get_collection('c', 'tw')), len(v1.get_collection('c', 'wo'))
    v1.get_collection_ref('e').append(3), v1.get_collection('e')
    v1.get_collection('e').append(4), v1.get_collection('e')
    v1.global_variables(), v1.all_variables(), v1.local_variables(), v1.trainable_variables()
    v1.model_variables(), v1.moving_average_variables()
    v1.add_to_collection(v1.GraphKeys.GLOBAL_VARIABLES, 5), v1.global_variables()
    v1.train.get_global_step()
    v1.train.get_or_create_global_step().assign_add(2).numpy()
    v1.train.get_global_step().name, v1.train.get_global_step().dtype.name
    v1.train.create_global_step()
    v1.train.global_step(None, v1.train.get_global_step())
    v1.reset_default_graph(), v1.train.get_global_step(), v1.get_collection('c')
    v1.train.create_global_step().trainable
    [getattr(v1.GraphKeys, k) for k in ('LOSSES', 'UPDATE_OPS', 'SUMMARIES', 'TABLE_INITIALIZERS', 'GLOBAL_STEP')]
    """,
    values,
)
