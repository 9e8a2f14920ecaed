"""What MirroredStrategy on two devices does, apart from Keras. Run by `runner.py`."""

from __future__ import annotations


def _batches(tf, count, size, drop=False):
    numbers = tf.data.Dataset.range(count).map(lambda x: tf.cast(x, tf.float32))
    return numbers.batch(size, drop_remainder=drop)


def _id(tf):
    return tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.float32) + 1.0


def _everywhere(tf, s, function):
    """Eagerly, and in a tf.function."""
    compiled = tf.function(lambda: s.run(function), autograph=False)
    return [s.run(function), compiled()]


def case_datasets(tf, s):
    found = []
    for count, size in ((8, 4), (7, 4), (5, 4), (9, 4), (10, 5), (3, 4), (6, 3), (6, 4), (13, 8)):
        dataset = s.experimental_distribute_dataset(_batches(tf, count, size))
        found.append([list(s.experimental_local_results(x)) for x in dataset])
    return found


def case_element_spec(tf, s):
    open_ = s.experimental_distribute_dataset(_batches(tf, 8, 4))
    fixed = s.experimental_distribute_dataset(_batches(tf, 8, 4, True))
    return [
        repr(open_.element_spec),
        repr(fixed.element_spec),
        repr(iter(open_).element_spec),
        open_.cardinality,
    ]


def case_iterator_ends(tf, s):
    iterator = iter(s.experimental_distribute_dataset(_batches(tf, 4, 4)))
    first = iterator.get_next()
    empty = iterator.get_next_as_optional().has_value()
    try:
        iterator.get_next()
    except tf.errors.OutOfRangeError:
        return [first, empty, "ended"]


def case_datasets_from_function(tf, s):
    seen = []

    def make(context):
        seen.append(
            [context.num_input_pipelines, context.input_pipeline_id, context.num_replicas_in_sync]
        )
        return _batches(tf, 12, context.get_per_replica_batch_size(8))

    dataset = s.distribute_datasets_from_function(make)
    return [seen[0], [list(s.experimental_local_results(x)) for x in dataset]]


def case_global_batch_that_does_not_divide(tf, s):
    return s.distribute_datasets_from_function(
        lambda c: _batches(tf, 8, c.get_per_replica_batch_size(7))
    )


def case_values_from_function(tf, s):
    tensors = s.experimental_distribute_values_from_function(
        lambda c: tf.fill([c.replica_id_in_sync_group + 1], float(c.num_replicas_in_sync))
    )
    numbers = s.experimental_distribute_values_from_function(lambda c: c.replica_id_in_sync_group)
    return [tensors, numbers, str(tensors), repr(numbers)]


def _pair(tf, s):
    return s.experimental_distribute_values_from_function(
        lambda c: tf.constant([[1.0, 2.0], [3.0, 4.0]]) * (c.replica_id_in_sync_group + 1)
    )


def _uneven(tf, s):
    return s.experimental_distribute_values_from_function(
        lambda c: tf.range(c.replica_id_in_sync_group + 1, dtype=tf.float32)
    )


def case_reduce(tf, s):
    pair = _pair(tf, s)
    return [
        [s.reduce(op, pair, axis=a) for op in ("SUM", "mean")] for a in (None, 0, 1, -1, (0, 1))
    ]


def case_reduce_uneven(tf, s):
    return [s.reduce(op, _uneven(tf, s), axis=0) for op in (tf.distribute.ReduceOp.SUM, "MEAN")]


def case_reduce_uneven_without_axis(tf, s):
    return s.reduce("SUM", _uneven(tf, s), axis=None)


def case_reduce_integers_and_plain_values(tf, s):
    threes = s.run(lambda: tf.constant(3))
    same = tf.constant([1.0, 2.0])
    return [
        s.reduce("MEAN", threes, axis=None),
        s.reduce("SUM", threes, axis=None),
        s.reduce("MEAN", same, axis=None),
        s.reduce("SUM", same, axis=0),
        s.reduce("SUM", {"a": _pair(tf, s)}, axis=None),
    ]


def case_reduce_plain_sum(tf, s):
    return s.reduce("SUM", 3, axis=None)


def case_reduce_bad_operation(tf, s):
    return s.reduce("MIN", _pair(tf, s), axis=None)


def case_gather(tf, s):
    pair = _pair(tf, s)
    return [s.gather(pair, axis=0), s.gather(pair, axis=1), s.gather(_uneven(tf, s), axis=0)]


def case_collectives(tf, s):
    def replica():
        context = tf.distribute.get_replica_context()
        return {
            "sum": context.all_reduce("SUM", _id(tf)),
            "mean": context.all_reduce(tf.distribute.ReduceOp.MEAN, [_id(tf), {"b": 2 * _id(tf)}]),
            "gathered": context.all_gather(tf.reshape(_id(tf), [1, 1]), axis=1),
            "number": context.replica_id_in_sync_group,
        }

    return _everywhere(tf, s, replica)


def case_merge_call(tf, s):
    def merge(strategy, value, factor):
        assert strategy is s and tf.distribute.in_cross_replica_context()
        return strategy.reduce("SUM", value, axis=None) * factor

    def replica():
        context = tf.distribute.get_replica_context()
        own = context.merge_call(lambda strategy, value: value, args=(_id(tf),))
        return own, context.merge_call(merge, args=(_id(tf),), kwargs={"factor": 2.0}) + 0.0 * own

    return _everywhere(tf, s, replica)


def case_gradient_of_all_reduce(tf, s):
    def replica():
        x = _id(tf)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.distribute.get_replica_context().all_reduce("SUM", x * x) * x
        return tape.gradient(y, x)

    return _everywhere(tf, s, replica)


def case_what_run_returns(tf, s):
    return [
        s.run(lambda: None),
        s.run(lambda: 3),
        s.run(lambda: "abc"),
        s.run(lambda: {"a": 1, "b": tf.constant(2)}),
        s.run(lambda x, k: x + k, args=(_pair(tf, s),), kwargs={"k": 1.0}),
    ]


def case_run_of_a_function(tf, s):
    with s.scope():
        total = tf.Variable(0.0, aggregation=tf.VariableAggregation.SUM)

    @tf.function
    def replica(x):
        total.assign_add(tf.reduce_sum(x))
        return x + 1.0

    return [s.run(replica, args=(_pair(tf, s),)), s.run(replica, args=(_pair(tf, s),)), total]


def case_function_inside_a_replica(tf, s):
    """A tf.function that a replica calls, without anything that replicas have to meet for."""
    with s.scope():
        own = tf.Variable([1.0, 2.0], trainable=False)
        shared = tf.Variable([3.0, 4.0])

    @tf.function
    def inner(x):
        own.assign_add([x, x])
        return own * shared

    return [_everywhere(tf, s, lambda: inner(_id(tf))), [c.numpy() for c in own.values]]


def case_variables(tf, s):
    aggregation, found = tf.VariableAggregation, []
    for synchronization in (tf.VariableSynchronization.AUTO, tf.VariableSynchronization.ON_READ):
        for how in (
            aggregation.SUM,
            aggregation.MEAN,
            aggregation.ONLY_FIRST_REPLICA,
            aggregation.NONE,
        ):
            for method in ("assign", "assign_add", "assign_sub"):
                with s.scope():
                    v = tf.Variable(
                        [1.0, 2.0],
                        trainable=False,
                        synchronization=synchronization,
                        aggregation=how,
                    )

                def replica(v=v, method=method):
                    getattr(v, method)(tf.stack([_id(tf), 2.0 * _id(tf)]))
                    return v.read_value()

                found.append(_everywhere(tf, s, replica))
                found.append([c.numpy() for c in v.values])
                if how is not aggregation.NONE:
                    found.append(v.read_value())
    return found


def case_variable_facts(tf, s):
    with s.scope():
        v = tf.Variable([1.0, 2.0], name="v", aggregation=tf.VariableAggregation.MEAN)
        r = tf.Variable(
            0.0,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.SUM,
        )
    found = [
        [
            type(x).__name__,
            isinstance(x, tf.Variable),
            x.trainable,
            x.synchronization.name,
            x.aggregation.name,
        ]
        for x in (v, r)
    ]
    return [
        *found,
        repr(v),
        v.device,
        v.shape.as_list(),
        v.dtype.name,
        str(v.name),
        v + 1.0,
        r.numpy(),
    ]


def case_assign_between_replicas(tf, s):
    found = []
    for how in (
        tf.VariableAggregation.SUM,
        tf.VariableAggregation.MEAN,
        tf.VariableAggregation.ONLY_FIRST_REPLICA,
    ):
        with s.scope():
            v = tf.Variable([1.0, 2.0], aggregation=how)
            r = tf.Variable(
                [1.0, 2.0],
                trainable=False,
                synchronization=tf.VariableSynchronization.ON_READ,
                aggregation=how,
            )
            v.assign([4.0, 4.0])
        v.assign_add([1.0, 1.0])
        r.assign(tf.constant([4.0, 6.0]))
        found.append([v.read_value(), r.read_value(), [c.numpy() for c in r.values]])
    v.assign(s.run(lambda: tf.stack([_id(tf), 7.0])))
    return [found, v.read_value()]


def case_assign_add_between_replicas_to_a_sum(tf, s):
    with s.scope():
        r = tf.Variable(
            1.0,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.SUM,
        )
    r.assign_add(1.0)


def case_read_between_replicas_without_aggregation(tf, s):
    with s.scope():
        r = tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ)
    return r.read_value()


def case_synchronization_none(tf, s):
    with s.scope():
        return tf.Variable(1.0, synchronization=tf.VariableSynchronization.NONE)


def case_variables_of_no_strategy(tf, s):
    total, last = tf.Variable(1.0), tf.Variable(0.0)

    def replica():
        total.assign_add(_id(tf))
        last.assign(_id(tf))
        return 0

    s.run(replica)
    tf.function(lambda: s.run(replica), autograph=False)()
    return [total, last]


def case_uneven_last_batch(tf, s):
    with s.scope():
        w = tf.Variable(2.0)
        seen = tf.Variable(
            0.0,
            trainable=False,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.SUM,
        )

    def replica(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * x)
        gradient = tf.distribute.get_replica_context().all_reduce("SUM", tape.gradient(loss, w))
        w.assign_sub(gradient * 0.1)
        seen.assign_add(tf.reduce_sum(x))
        return loss

    @tf.function
    def step(x):
        return s.reduce("SUM", s.run(replica, args=(x,)), axis=None)

    found = []
    for run in (step, lambda x: s.reduce("SUM", s.run(replica, args=(x,)), axis=None)):
        for batch in s.experimental_distribute_dataset(_batches(tf, 7, 4)):
            found.append([run(batch), w.numpy(), seen.read_value()])
    return found


def case_closing_over_tensors_of_the_mesh(tf, s):
    with s.scope():
        w = tf.Variable(2.0)

    @tf.function
    def step(x):
        doubled = w * 2.0
        first = s.run(lambda v: v * doubled, args=(x,))
        mean = s.reduce("MEAN", first, axis=0)
        second = s.run(
            lambda v: v + mean + tf.cond(mean > 0.0, lambda: w + mean, lambda: w), args=(first,)
        )
        return s.gather(second, axis=0)

    return [step(batch) for batch in s.experimental_distribute_dataset(_batches(tf, 7, 4))]


def case_average_loss(tf, s):
    average = tf.nn.compute_average_loss
    return [
        average([1.0, 2.0]),
        average([1.0, 2.0], global_batch_size=8, sample_weight=[1.0, 3.0]),
        average([[1.0, 2.0], [3.0, 4.0]]),
        s.run(lambda: average([1.0, 2.0])),
        tf.nn.scale_regularization_loss([1.0, 2.0]),
        s.run(lambda: tf.nn.scale_regularization_loss([1.0, 2.0])),
    ]


def case_average_loss_between_replicas(tf, s):
    with s.scope():
        return tf.nn.compute_average_loss([1.0])


def case_average_loss_of_a_scalar(tf, s):
    return tf.nn.compute_average_loss(1.0)


def case_scale_regularization_between_replicas(tf, s):
    with s.scope():
        return tf.nn.scale_regularization_loss([1.0])


def case_contexts(tf, s):
    d = tf.distribute

    def facts():
        return [
            d.has_strategy(),
            d.in_cross_replica_context(),
            d.get_strategy() is s,
            d.get_replica_context() is None,
        ]

    with s.scope():
        inside = facts()
        with s.scope():
            again = facts()
    found = []
    s.run(lambda: found.append(facts()))
    d.experimental_set_strategy(s)
    held = facts()
    d.experimental_set_strategy(None)
    return [facts(), inside, again, found, held, d.get_replica_context().num_replicas_in_sync]


def case_nested_scopes(tf, s):
    with s.scope(), tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        pass


def case_run_in_a_replica(tf, s):
    return s.run(lambda: s.run(lambda: 1))


def case_scope_in_a_replica(tf, s):
    return s.run(lambda: s.scope().__enter__())


def case_set_strategy_in_a_scope(tf, s):
    with s.scope():
        tf.distribute.experimental_set_strategy(s)


def case_duplicate_devices(tf, s):
    return tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:0"])


def case_extended(tf, s):
    with s.scope():
        v = tf.Variable([1.0, 2.0])
        with s.extended.colocate_vars_with(v):
            tf.Variable(1.0)
    s.extended.update(v, lambda variable, delta: variable.assign_add(delta), args=(tf.ones([2]),))
    each = s.extended.call_for_each_replica(lambda x: x * 2.0, args=(_pair(tf, s),))
    return [
        list(s.extended.worker_devices),
        list(s.extended.parameter_devices),
        v.read_value(),
        each,
    ]


def case_local_results(tf, s):
    return [
        s.experimental_local_results(tf.constant(1.0)),
        s.experimental_local_results({"a": _pair(tf, s), "b": 1}),
    ]


def case_one_device(tf, s):
    one = tf.distribute.OneDeviceStrategy("/cpu:1")
    with one.scope():
        v = tf.Variable(1.0)
        inside = [tf.distribute.has_strategy(), tf.distribute.in_cross_replica_context()]
    result = one.run(
        lambda x: tf.distribute.get_replica_context().all_reduce("SUM", x + v),
        args=(tf.constant(2.0),),
    )
    values = [x for x in one.experimental_distribute_dataset(_batches(tf, 3, 2))]
    return [inside, result, one.reduce("SUM", result, axis=None), one.num_replicas_in_sync, values]


def case_optimizers_of_v1(tf, s):
    train = tf.compat.v1.train
    found = []
    for make in (train.GradientDescentOptimizer, train.AdamOptimizer):
        for compiled in (False, True):
            with s.scope():
                v = tf.Variable([1.0, -2.0], aggregation=tf.VariableAggregation.MEAN)
                table = tf.Variable([[1.0], [2.0], [3.0]])
                optimizer, steps = make(0.1), tf.Variable(0, trainable=False, dtype=tf.int64)

            def replica(v=v, table=table, optimizer=optimizer, steps=steps):
                factor = tf.cast(_id(tf), tf.float32)
                with tf.GradientTape() as tape:
                    loss = factor * (tf.reduce_sum(v * v) + tf.reduce_sum(tf.gather(table, [0, 1, 1])))
                pairs = zip(tape.gradient(loss, [v, table]), [v, table])
                optimizer.apply_gradients(pairs, global_step=steps)

            run = tf.function(lambda replica=replica: s.run(replica)) if compiled else lambda replica=replica: s.run(replica)
            for _ in range(3):
                run()
            found.append([v.numpy(), table.numpy(), steps.numpy()])
    return found
