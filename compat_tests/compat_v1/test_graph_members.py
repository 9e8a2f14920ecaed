"""Members of tf.Graph and tf.Operation beside building and running."""

from __future__ import annotations

from compat_tests.harness import HOST, parity


def _outcome(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:80]}"


@parity(modes=[HOST])
def test_collections_of_a_graph(tf):
    g = tf.Graph()
    g.add_to_collections("a", 3)
    g.add_to_collections(["b", "c"], 4)
    g.get_collection_ref("b").append(5)
    found = [g.get_collection("a"), g.get_collection("b"), g.get_collection_ref("none"), sorted(g.get_all_collection_keys())]
    g.clear_collection("a")
    return [*found, sorted(g.collections)]


@parity(modes=[HOST])
def test_names_of_a_graph(tf):
    g, v1 = tf.Graph(), tf.compat.v1
    with g.as_default():
        x = v1.placeholder(tf.float32, [2], name="x")
        with g.name_scope("s"):
            found = [g.get_name_scope(), g.unique_name("q"), g.unique_name("q"), g.unique_name("q", mark_as_used=False), g.unique_name("q")]
    found += [g.unique_name("x"), g.unique_name("x"), g.get_name_scope(), g.as_graph_element("x").name, g.as_graph_element("x:0").name]
    bad = [("x:7", {}), ("no", {}), ("no:0", {}), (3, {}), (x, {"allow_tensor": False}), ("x:0", {"allow_tensor": False})]
    bad += [("x", {"allow_operation": False})]
    return found + [_outcome(lambda: g.as_graph_element(obj, **given)) for obj, given in bad]


@parity(modes=[HOST])
def test_permissions_of_a_graph(tf):
    g, v1 = tf.Graph(), tf.compat.v1
    with g.as_default():
        x = v1.placeholder(tf.float32, [2], name="x")
        y = x * 2.0
    session = v1.Session(graph=g)
    found = [session.run(y, {x: [1.0, 2.0]}), g.is_feedable(x), g.is_fetchable(y), g.finalized]
    g.prevent_feeding(x)
    g.prevent_fetching(y.op)
    found += [g.is_feedable(x), g.is_fetchable(y), _outcome(lambda: session.run(x, {x: [1.0, 2.0]}))]
    g.finalize()

    def grow():
        with g.as_default():
            return x + 1.0

    return [*found, g.finalized, _outcome(grow), g.graph_def_versions.producer > 1000]


@parity(modes=[HOST])
def test_operations_of_a_graph(tf):
    g, v1 = tf.Graph(), tf.compat.v1
    with g.as_default(), g.device("/cpu:0"):
        x = v1.placeholder(tf.float32, [2], name="x")
        with g.colocate_with(x.op):
            y = tf.add(x, x, name="y")
    made = g.create_op("Mul", [x, y])
    node = y.op.node_def
    return [
        x.device, x.op.device, y.op.colocation_groups(), x.op.colocation_groups(), [op.type for op in x.consumers()], x.value_index,
        made.type, [t.name for t in x.op.values()], node.op, list(node.input), made.graph is g, isinstance(x.op, tf.Operation),
        any("test_graph_members" in line.filename for line in x.op.traceback), tf.IndexedSlices(x, x).graph is g,
        _outcome(lambda: v1.Session(graph=g).run(made.outputs[0], {x: [1.0, 2.0]})),
    ]  # fmt: skip
