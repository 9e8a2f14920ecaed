"""Laws that every layer obeys, checked over tables of (name, layer, input shapes).

    CASES = [Case("dense-relu", lambda layers: layers.Dense(3, "relu"), (2, 5))]
    test_layers = laws(CASES)

Each case is made and called under TensorFlow's Keras and under tfjax with the same seeds, and what
can be seen of it is compared: config, weights (paths, order, shapes, initial values), outputs in
inference and training, gradients, masks, shapes without a call, dtypes under a mixed policy, and
`.keras` files, each library reading the other's.
"""

from __future__ import annotations

import copy
import inspect
import json
import warnings
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf

# Sums of products in float32, in another order.
TOLERANCE = {"rtol": 2e-4, "atol": 2e-5}


@dataclass
class Case:
    """A layer to be checked.

    Attributes:
      id: the test's name.
      make: gives the layer from `tf.keras.layers`.
      shapes: the inputs' shape, or a list of shapes.
      below: inputs are integers in [0, below), if given.
      mask: shape of a boolean mask that the inputs carry.
      skip: laws that do not apply, by name, as "saved gradients".
      scale: what the normal inputs are multiplied by.
    """

    id: str
    make: Callable[[Any], Any]
    shapes: Any
    below: int | None = None
    mask: tuple[int, ...] | None = None
    skip: str = ""
    scale: float = 1.0

    @property
    def many(self) -> bool:
        return isinstance(self.shapes, list)

    def arrays(self) -> list[np.ndarray]:
        random = np.random.default_rng(zlib.crc32(self.id.encode()))
        shapes = self.shapes if self.many else [self.shapes]
        if self.below is not None:
            return [random.integers(0, self.below, s).astype("int32") for s in shapes]
        return [(self.scale * random.normal(size=s)).astype("float32") for s in shapes]


def _plain(value: Any) -> Any:
    """A config as JSON has it: tuples are lists."""
    return json.loads(json.dumps(value, default=lambda v: v.tolist() if hasattr(v, "tolist") else repr(v)))


def _arrays(tf: Any, value: Any) -> Any:
    return [np.asarray(v, "float32" if v.dtype == tf.bfloat16 else None) for v in tf.nest.flatten(value)]


def _shapes(value: Any) -> Any:
    """Shapes of a nest of shapes or KerasTensors as lists."""
    if hasattr(value, "shape"):
        return [list(value.shape)]
    if isinstance(value, (list, tuple)) and all(v is None or isinstance(v, int) for v in value):
        return [list(value)]
    if isinstance(value, dict):
        value = list(value.values())
    return [s for item in value for s in _shapes(item)]


def _inputs(tf: Any, case: Case) -> Any:
    tensors = [tf.constant(a) for a in case.arrays()]
    if case.mask is not None:
        random = np.random.default_rng(1)
        lengths = random.integers(1, case.mask[1] + 1, (case.mask[0], 1))
        for tensor in tensors:
            tensor._keras_mask = tf.constant(np.arange(case.mask[1]) < lengths)
    return tensors if case.many else tensors[0]


def _symbolic(tf: Any, case: Case) -> Any:
    dtype = "float32" if case.below is None else "int32"
    shapes = case.shapes if case.many else [case.shapes]
    tensors = [tf.keras.Input(tuple(s[1:]), dtype=dtype) for s in shapes]
    return tensors if case.many else tensors[0]


def _fresh(tf: Any, case: Case) -> Any:
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(7)
    return case.make(tf.keras.layers)


def _disturb(layer: Any) -> None:
    """Moves the weights off their initial values: many are 0 or 1."""
    random = np.random.default_rng(3)
    layer.set_weights([
        w + random.uniform(0.0, 0.3, w.shape).astype(w.dtype) if w.dtype.kind == "f" else w for w in layer.get_weights()
    ])


def _config(tf: Any, case: Case) -> Any:
    layer = _fresh(tf, case)
    config = layer.get_config()
    again = type(layer).from_config(copy.deepcopy(config))
    changed = {k for k, v in _plain(again.get_config()).items() if v != _plain(config)[k]}
    return {"serialized": _plain(tf.keras.utils.serialize_keras_object(layer)), "changed by from_config": sorted(changed)}


def _weights(tf: Any, case: Case) -> Any:
    layer = _fresh(tf, case)
    layer(_inputs(tf, case))
    facts = [(w.path, list(w.shape), str(tf.as_dtype(w.dtype).name), w.trainable) for w in layer.weights]
    trained = [w.path for w in layer.trainable_weights]
    build = _plain(tf.keras.utils.serialize_keras_object(layer)).get("build_config")
    return {"facts": [facts, trained, len(layer.variables), build], "initial": [np.asarray(w) for w in layer.get_weights()]}


def _calls(tf: Any, case: Case) -> Any:
    layer = _fresh(tf, case)
    inputs = _inputs(tf, case)
    layer(inputs)
    _disturb(layer)
    watched = [t for t in tf.nest.flatten(inputs) if t.dtype.is_floating]
    with warnings.catch_warnings(), tf.GradientTape() as tape:
        warnings.simplefilter("ignore")
        tape.watch(watched)
        # Training may change weights (moving averages), so the last call sees that too.
        training = {"training": True} if "training" in inspect.signature(layer.call).parameters else {}
        outputs = layer(inputs, **training)
        floats = [o for o in tf.nest.flatten(outputs) if o.dtype.is_floating]
        loss = tf.add_n([tf.reduce_sum(tf.cast(o, tf.float32) ** 2) for o in floats]) if floats else tf.constant(0.0)
    masks = [getattr(o, "_keras_mask", None) for o in tf.nest.flatten(outputs)]
    found = {
        "training": _arrays(tf, outputs),
        "dtypes": [o.dtype.name for o in tf.nest.flatten(outputs)],
        "masks": [None if m is None else np.asarray(m) for m in masks],
        "losses": [np.asarray(v) for v in layer.losses],
        "after": [np.asarray(w) for w in layer.get_weights()],
        "inference": _arrays(tf, layer(inputs)),
    }
    if "gradients" not in case.skip:
        sources = [*watched, *layer.trainable_weights]
        gradients = tape.gradient(loss, sources)
        found["gradients"] = [None if g is None else np.asarray(tf.convert_to_tensor(g)) for g in gradients]
    return found


def _shape_laws(tf: Any, case: Case) -> Any:
    shapes = [tuple([None, *s[1:]]) for s in (case.shapes if case.many else [case.shapes])]
    found = {"symbolic": _shapes(_fresh(tf, case)(_symbolic(tf, case)))}
    if "output_shape" not in case.skip:
        found["output shape"] = _shapes(_fresh(tf, case).compute_output_shape(shapes if case.many else shapes[0]))
    return found


def _mixed(tf: Any, case: Case) -> Any:
    found = {}
    for policy in ("mixed_bfloat16", "float16"):
        tf.keras.backend.clear_session()  # forgets the policy
        tf.keras.mixed_precision.set_global_policy(policy)
        try:
            layer = case.make(tf.keras.layers)
            outputs = layer(_symbolic(tf, case))
            found[policy] = [
                [o.dtype for o in tf.nest.flatten(outputs)], [str(tf.as_dtype(w.dtype).name) for w in layer.weights],
            ]
        finally:
            tf.keras.mixed_precision.set_global_policy("float32")
    return found


def _model(tf: Any, case: Case) -> Any:
    layer = _fresh(tf, case)
    inputs = _symbolic(tf, case)
    model = tf.keras.Model(inputs, layer(inputs))
    _disturb(model)
    return model


def _known_more(ours: Any, theirs: Any) -> Any:
    """Our shapes with None where theirs have it: knowing more is fine."""
    if "error" in ours or "error" in theirs:
        return ours
    return {
        name: [[None if b is None else a for a, b in zip(x, y)] if len(x) == len(y) else x for x, y in zip(shapes, theirs[name])]
        for name, shapes in ours.items()
    }


_LAWS = {"config": _config, "weights": _weights, "calls": _calls, "shapes": _shape_laws, "mixed": _mixed}


def _try(law: Callable[..., Any], tf: Any, case: Case) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return law(tf, case)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error)[:600]}"}


def difference(ours: Any, theirs: Any) -> str | None:
    """How two nests of arrays and plain values differ."""
    if isinstance(theirs, np.ndarray) or isinstance(ours, np.ndarray):
        if type(ours) is not type(theirs):
            return f"{ours!r} instead of {theirs!r}"
        if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
            return f"{ours.dtype}{ours.shape} instead of {theirs.dtype}{theirs.shape}"
        if ours.dtype.kind == "f":
            close = np.allclose(ours, theirs, equal_nan=True, **TOLERANCE)
            return None if close else f"values differ by up to {np.nanmax(np.abs(ours - theirs))}:\n{ours.ravel()[:6]}\n{theirs.ravel()[:6]}"
        return None if np.array_equal(ours, theirs) else f"{ours.ravel()[:12]} instead of {theirs.ravel()[:12]}"
    if isinstance(theirs, dict) and isinstance(ours, dict):
        rows = [(k, difference(ours.get(k, "<absent>"), theirs.get(k, "<absent>"))) for k in {**theirs, **ours}]
        return "; ".join(f"{k}: {d}" for k, d in rows if d) or None
    if isinstance(theirs, (list, tuple)) and isinstance(ours, (list, tuple)) and len(ours) == len(theirs):
        rows = [(i, difference(a, b)) for i, (a, b) in enumerate(zip(ours, theirs, strict=True))]
        return "; ".join(f"[{i}] {d}" for i, d in rows if d) or None
    return None if ours == theirs else f"{ours!r} instead of {theirs!r}"


def check(case: Case, whole: bool = True) -> list[str]:
    """What differs, one line a law; without `whole` the costly law of mixed precision is left out."""
    found = []
    for name, law in _LAWS.items():
        if name in case.skip or (name == "mixed" and not whole):
            continue
        ours, theirs = _try(law, our_tf(), case), _try(law, real_tf(), case)
        if name == "shapes":
            ours = _known_more(ours, theirs)
        problem = difference(ours, theirs)
        if problem:
            found.append(f"{name}: {problem}")
    return found


def check_files(case: Case, folder: Any) -> list[str]:
    """What goes wrong when each library reads the other's `.keras` file."""
    found = []
    ours, theirs = our_tf(), real_tf()
    for writer, reader, name in ((ours, theirs, "ours"), (theirs, ours, "theirs")):
        model = _model(writer, case)
        path = folder / f"{name}.keras"
        model.save(path)
        loaded = reader.keras.models.load_model(path)
        problem = difference(_arrays(reader, loaded(_inputs(reader, case))), _arrays(writer, model(_inputs(writer, case))))
        if problem:
            found.append(f"file of {name}: {problem}")
    return found


def laws(cases: Iterable[Case]) -> Callable[..., None]:
    """Makes one test of a table of cases.

    Files and mixed precision are tested for the first case of each class; its variants, `name-variant`,
    differ in neither, and their whole set of laws is marked slow.
    """
    params, seen = [], set()
    for case in cases:
        whole = case.id.partition("-")[0] not in seen
        seen.add(case.id.partition("-")[0])
        params.append(pytest.param(case, whole, id=case.id))
        if not whole:
            params.append(pytest.param(case, True, id=f"{case.id}-whole", marks=pytest.mark.slow))

    @pytest.mark.parametrize(("case", "whole"), params)
    def test(case: Case, whole: bool, tmp_path: Any) -> None:
        problems = check(case, whole)
        if whole and "saved" not in case.skip:
            problems += check_files(case, tmp_path)
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)

    return test


def signature(function: Any) -> list[tuple[str, Any]]:
    """Parameters and their defaults."""
    return [
        (f"*{p.name}" if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) else p.name, "<required>" if p.default is p.empty else p.default)
        for p in inspect.signature(function).parameters.values()
    ]


@dataclass
class Bad:
    """A call that must fail as it does under Keras; `text` must be in both messages."""

    id: str
    run: Callable[[Any], Any]
    text: str = ""


def failures(cases: Iterable[Bad]) -> Callable[..., None]:
    """Makes one test of a table of calls that fail."""

    @pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in cases])
    def test(case: Bad) -> None:
        seen = []
        for tf in (real_tf(), our_tf()):
            tf.keras.backend.clear_session()
            with pytest.raises(Exception) as caught:  # noqa: PT011 (the class is compared below)
                case.run(tf)
            seen.append(caught.value)
        theirs, ours = seen
        assert type(ours).__name__ == type(theirs).__name__, f"{ours!r} instead of {theirs!r}"
        for error in seen:
            assert case.text in str(error), f"{case.text!r} is not in: {error}"

    return test
