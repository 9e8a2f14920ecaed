"""The op gate: the one place that knows about conversion, dtypes, tiers, errors, tapes and dispatch.

`@op` turns a pure function of arrays into a public TensorFlow function. A call goes through, in
this order: bind arguments, ask dispatch, convert and check tensors, normalise static arguments,
run in a tier, translate errors, record on tapes, wrap.
"""

from __future__ import annotations

import functools
import inspect
import math
import typing
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import dispatch, graph_names, kernel, op_defs, sizes, statics
from tfjax._src.eager import frame as frames
from tfjax._src.eager.args import StaticArg, TensorArg
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import Kernel
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.translate import translate

_REQUIRED = inspect.Parameter.empty
RAW_NAMES: dict[str, Op] = {}
PUBLIC_NAMES: dict[str, Op] = {}
# Called with (raw name, inputs, outputs) of every op that runs: debugging modes put themselves here.
WATCHERS: list[Callable[[str, list[Tensor], tuple[Tensor, ...]], None]] = []


def namespace(*values: Any) -> Any:
    """NumPy when every value is a NumPy array (the host tier), else `jax.numpy`."""
    for value in values:
        if type(value) is not np.ndarray and value is not None:
            return jnp
    return np


def op(
    *names: str,
    raw: str | None = None,
    host: bool = True,
    device: bool = True,
    differentiable: bool = True,
    rows: bool = False,
    produces: bool = False,
    any_size: bool | str = False,
    elementwise: bool = False,
    listed: bool | str | None = None,
    check: Callable[..., None] | None = None,
    prepare: Callable[..., tuple[Any, ...]] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes the decorated pure function of arrays a public op.

    Args:
      names: public dotted names without the leading `tf.`; the first is the canonical one.
      raw: the raw op's name, as in error suffixes (`AddV2`); by default from the public name.
      host: the body computes in NumPy when all its arrays are NumPy arrays.
      device: the body can be traced by JAX. False for strings, codecs and the like.
      differentiable: False keeps it off the tapes.
      rows: looks up rows of its first argument, so that its gradient is IndexedSlices.
      any_size: on a CPU the body runs in NumPy whatever the size, because XLA is slower there: with
        all dtypes, or ("quick") with those that NumPy has vector code for.
      elementwise: the body computes element by element, with broadcasting, so that on a CPU large
        arrays of quick dtypes may go through it in blocks.
      listed: inputs have the dtypes of TensorFlow's definition of `raw`; by default those of public
        ops do. False where TensorFlow's Python function takes more than its op; the name of an op
        that TensorFlow's function calls for further dtypes.
      check: takes the body's arguments and raises for values that TensorFlow's CPU kernel refuses.
        The body calls it itself where the values are NumPy arrays.
      prepare: takes the arguments as given, the defaults filled in, and returns them as the op takes
        them: checks and conversions that TensorFlow makes in Python before it calls a kernel.
      produces: computes an array of its argument `shape`: that size, too, picks the tier.
    """

    def decorate(body: Callable[..., Any]) -> Callable[..., Any]:
        definition = Op(body, names, raw, host, device, differentiable)
        definition.bound = RowsKernel if rows else BoundKernel
        definition.check = check
        definition.prepare = prepare
        definition.listed = not (names and names[0].startswith("_internal.")) if listed is None else listed
        definition.produces = produces
        definition.any_size = any_size or ("quick" if elementwise else False)
        definition.elementwise = elementwise

        @functools.wraps(body)
        def call(*args: Any, **kwargs: Any) -> Any:
            return definition.call(args, kwargs)

        leaf = names[0].rpartition(".")[2] if names else body.__name__
        call.__name__ = leaf
        call.op = definition  # type: ignore[attr-defined]
        definition.public = call
        return call

    return decorate


def pure(function: Callable[..., Any]) -> Callable[..., Any]:
    """The body of an op, for use in the body of another."""
    return function.op.body  # type: ignore[attr-defined]


class Op:
    """What the gate knows about one op."""

    def __init__(
        self,
        body: Callable[..., Any],
        names: tuple[str, ...],
        raw: str | None,
        host: bool,
        device: bool,
        differentiable: bool,
    ) -> None:
        self.body = body
        self.names = names
        leaf = (names[0] if names else body.__name__).rpartition(".")[2]
        self.raw = raw or "".join(part.capitalize() for part in leaf.split("_"))
        self.host, self.device, self.differentiable = host, device, differentiable
        self.public: Callable[..., Any] = body
        self.check: Callable[..., None] | None = None
        self.prepare: Callable[..., tuple[Any, ...]] | None = None
        self.listed: bool | str = True
        self._prepared = False
        self._kernels: dict[Any, BoundKernel] = {}
        RAW_NAMES.setdefault(self.raw, self)
        for name in names:
            PUBLIC_NAMES[name] = self

    # Annotations are resolved at the first call: a thousand ops must import quickly.
    def _prepare(self) -> None:
        hints = typing.get_type_hints(self.body, include_extras=True)
        parameters = list(inspect.signature(self.body).parameters.values())
        self.params = [p.name for p in parameters]
        self.index = {name: i for i, name in enumerate(self.params)}
        self.defaults = [p.default for p in parameters]
        self.tensors: list[tuple[int, TensorArg]] = []
        self.statics: list[tuple[int, Callable[[Any], Any]]] = []
        self.shapes: list[int] = []  # where shapes stand, which may be of a class that dispatch knows
        for i, parameter in enumerate(parameters):
            mark = _mark(hints.get(parameter.name))
            if isinstance(mark, TensorArg):
                self.tensors.append((i, mark))
            elif parameter.name != "name":
                kind = mark.kind if isinstance(mark, StaticArg) else "value"
                find, default = statics.NORMALISERS[kind], parameter.default
                if hints.get(parameter.name) is bool:
                    find = functools.partial(statics.flag, default=default)
                elif kind in ("int", "ints") and default is not None:
                    find = functools.partial(statics.required, find)
                self.statics.append((i, find))
                if kind == "shape":
                    self.shapes.append(i)
        if self.listed:
            self.tensors = op_defs.ports(
                self.raw, "" if self.listed is True else self.listed, self.tensors, self.params
            )
        self.total = len(parameters)
        self.simple = all(not spec.many and not spec.optional for _, spec in self.tensors)
        self.indices = [i for i, _ in self.tensors]
        # A call with just the leading tensors, everything else at its default, takes a short way.
        self.lead = -1
        if self.prepare is None and self.simple and self.indices == list(range(len(self.indices))):
            if all(default is not _REQUIRED for default in self.defaults[len(self.indices) :]):
                self.lead = len(self.indices)
        self.letters = [spec.letter for _, spec in self.tensors]
        self._plain: BoundKernel | None = None
        self.allowed_seen: set[tuple[Any, ...]] = set()
        self._prepared = True

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Runs the op as its public function does."""
        if not self._prepared:
            self._prepare()
        if len(args) == self.lead and not kwargs:
            flat = self._tensors_only(args)
            if flat is not None:
                bound = self._plain
                if bound is None:
                    defaults = (*args, *self.defaults[self.lead :])
                    bound = self._plain = self._kernel(defaults, None)
                return self._finish(bound, flat, args, None)
        if kwargs or len(args) != self.total:
            args = self._bind(args, kwargs)
        flat = []
        if self.simple:
            for i in self.indices:
                x = args[i]
                if type(x) is not Tensor:
                    break
                flat.append(x)
        if len(flat) != len(self.indices) or not self.simple:
            handler = dispatch.find(args)
            if handler is not None:
                result = handler(self.public, args, {})
                if result is not NotImplemented:
                    return result
            if self.prepare is not None:
                args = self.prepare(*args)
            flat, structure = self._convert(args)
        else:
            structure = None
            for i in self.shapes:
                handler = dispatch.handler_for(type(args[i]))
                if handler is not None and (result := handler(self.public, args, {})) is not NotImplemented:
                    return result
            if self.prepare is not None:
                args = self.prepare(*args)
                flat, structure = self._convert(args)
        return self._finish(None, flat, args, structure)

    def _tensors_only(self, args: tuple[Any, ...]) -> list[Tensor] | None:
        """The arguments as Tensors if they are Tensors, Variables and Python numbers, else None."""
        flat: list[Any] = []
        numbers = False
        for x in args:
            kind = type(x)
            if kind is Tensor:
                flat.append(x)
            elif kind in VARIABLE_TYPES:
                flat.append(x._dense_var_to_tensor())
            elif kind is float or kind is int:
                flat.append(None)
                numbers = True
            else:
                return None
        if numbers:
            for i, tensor in enumerate(flat):
                if tensor is None:
                    dtype = self._dtype_beside(flat, self.letters[i])
                    if dtype is None:
                        return None
                    flat[i] = _number(args[i], dtype)
        return flat

    def _dtype_beside(self, flat: list[Any], letter: str) -> Any:
        if letter:
            for other, tensor in zip(self.letters, flat):
                if other == letter and tensor is not None:
                    return tensor._value.dtype
        return None

    def _finish(self, bound: Any, flat: list[Tensor], args: Any, structure: Any) -> Any:
        """Checks dtypes, runs, records, wraps."""
        signature = tuple([t._value.dtype for t in flat])
        if signature not in self.allowed_seen:
            self._check_dtypes(flat, structure, signature)
        if bound is None:
            try:
                bound = self._kernel(args, structure)
            except kernel.ConcreteValueError:
                return frames.deferred(self.public, args, {})
        try:
            arrays = [t._value for t in flat]
            values = bound.run(arrays)
            if not values or type(values[0]) is not np.ndarray:  # results of the host tier moved nothing
                kernel.keep_moved(flat, arrays)
        except Exception as error:
            if isinstance(error, jax.errors.UnexpectedTracerError):
                raise graph_names.out_of_scope(flat) or error from None
            # Lists take TensorFlow's slow way to a kernel, which appends no empty name.
            slow = any(isinstance(value, (list, tuple, np.ndarray)) for value in args)
            raise translate(error, self.raw, "" if slow else " name: ").with_traceback(error.__traceback__) from None
        frame = frames._state.frame
        if frame is not None and frame.records:
            outputs = frame.tensors(values)
        else:
            outputs = (Tensor(values[0]),) if len(values) == 1 else tuple([Tensor(value) for value in values])
        if WATCHERS:
            for watcher in WATCHERS:
                watcher(self.raw, flat, outputs)
        if kernel._tapes.stack:
            kernel.record(bound, flat, outputs)
        if frame is not None:
            kernel.link(bound, flat, outputs)
            graph_names.note(self, args, flat, outputs)
            if len(flat) == 1:
                outputs[0]._made_by = (self.raw, flat[0])  # losses look for the logits behind a softmax
            if frame.device:
                for output in outputs:
                    output._graph_device = frame.device
        pack = bound.pack
        return outputs[0] if pack is None else pack(outputs)

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        given = len(args)
        if given > self.total:
            raise TypeError(
                f"{self.public.__name__}() takes {self.total} positional arguments but {given} were given"
            )
        values = list(args) + self.defaults[given:]
        for key, value in kwargs.items():
            i = self.index.get(key)
            if i is None:
                raise TypeError(
                    f"{self.public.__name__}() got an unexpected keyword argument '{key}'"
                )
            if i < given:
                raise TypeError(f"{self.public.__name__}() got multiple values for argument '{key}'")
            values[i] = value
        missing = [self.params[i] for i, v in enumerate(values) if v is _REQUIRED]
        if missing:
            count = len(missing)
            raise TypeError(
                f"{self.public.__name__}() missing {count} required positional "
                f"argument{'s' if count > 1 else ''}: {' and '.join(repr(m) for m in missing)}"
            )
        return tuple(values)

    # -- conversion ----------------------------------------------------------------------------
    def _convert(self, args: tuple[Any, ...]) -> tuple[list[Tensor], tuple[Any, ...] | None]:
        """Converts tensor arguments; the structure tells lengths of lists and absent options."""
        shared = self._letter_dtypes(args)
        flat: list[Tensor] = []
        structure: list[Any] = []
        for i, spec in self.tensors:
            value = args[i]
            if spec.many:
                elements = self._elements(value, i)
                flat.extend([self._one(v, spec, shared) for v in elements])
                structure.append(len(elements))
            elif value is None and spec.optional:
                structure.append(None)
            else:
                flat.append(self._one(value, spec, shared))
                structure.append(-1)
        return flat, None if self.simple else tuple(structure)

    def _elements(self, value: Any, i: int) -> list[Any]:
        if isinstance(value, (list, tuple)):
            return list(value)
        if isinstance(value, (Tensor, np.ndarray)):
            return list(value) if len(value.shape) else [value]
        if hasattr(value, "_dense_var_to_tensor"):
            return [value]
        if hasattr(value, "__iter__"):
            return list(value)
        raise TypeError(
            f"Expected list for '{self.params[i]}' argument to '{self.raw}' Op, not {value}."
        )

    def _letter_dtypes(self, args: tuple[Any, ...]) -> dict[str, DType]:
        shared: dict[str, DType] = {}
        weak: dict[str, DType] = {}
        for i, spec in self.tensors:
            letter = spec.letter
            if not letter or letter in shared:
                continue
            for value in args[i] if spec.many and isinstance(args[i], (list, tuple)) else (args[i],):
                if isinstance(value, Tensor) or hasattr(value, "_dense_var_to_tensor"):
                    shared[letter] = dtypes.as_dtype(value.dtype)
                    break
                # An array takes the default dtype of an op that has one, as a list does.
                if letter not in weak and spec.default is None:
                    numpy_dtype = getattr(value, "dtype", None)
                    if isinstance(numpy_dtype, np.dtype) and numpy_dtype in dtypes.FROM_NUMPY:
                        weak[letter] = dtypes.FROM_NUMPY[numpy_dtype]
        return {**weak, **shared}

    def _one(self, value: Any, spec: TensorArg, shared: dict[str, DType]) -> Tensor:
        if type(value) is Tensor:
            return value
        letter = spec.letter
        dtype = shared.get(letter) or spec.default
        strict = letter in shared or (isinstance(spec, op_defs.Port) and spec.fixed is not None)
        if strict and dtype is not None and _adapts(value):
            result = to_tensor(value, dtype)
        else:
            result = to_tensor(value, None, dtype)
        if letter:
            shared.setdefault(letter, result.dtype)
        return result

    def _check_dtypes(self, flat: list[Tensor], structure: Any, signature: Any) -> None:
        counts = [1] * len(self.tensors)
        if structure is not None:
            counts = [0 if count is None else abs(count) for count in structure]
        slots = [slot for slot, count in enumerate(counts) for _ in range(count)]
        specs = [self.tensors[slot][1] for slot in slots]
        names = [self.params[self.indices[slot]] for slot in slots]
        op_defs.check(self.raw, [(spec, t.dtype) for spec, t in zip(specs, flat)], names)
        if structure is None:
            self.allowed_seen.add(signature)

    # -- kernels -------------------------------------------------------------------------------
    def _kernel(self, args: tuple[Any, ...], structure: tuple[Any, ...] | None) -> BoundKernel:
        if not self.statics and structure is None:
            key: Any = ()
            values: tuple[Any, ...] = ()
        else:
            try:
                values = tuple([normalise(args[i]) for i, normalise in self.statics])
            except Exception as error:
                raise translate(error, self.raw).with_traceback(error.__traceback__) from None
            key = (tuple([statics.typed(v) for v in values]), structure)
        try:
            found = self._kernels.get(key)
        except TypeError:
            return self.bound(self, values, structure)
        if found is None:
            found = self._kernels[key] = self.bound(self, values, structure)
        return found


# The exact classes of Variables, put here by their module.
VARIABLE_TYPES: set[type] = set()
_NUMBERS: dict[Any, Tensor] = {}


def _number(value: float, dtype: np.dtype) -> Tensor:
    """A Python number as a Tensor; the same object each time, since loops repeat their constants."""
    key = (value, type(value), dtype)
    found = _NUMBERS.get(key)
    if found is None:
        found = to_tensor(value, dtypes.FROM_NUMPY[dtype])
        if value and value == value:  # 0.0 and -0.0 are one key; a NaN is never found again
            if len(_NUMBERS) >= 1024:
                _NUMBERS.clear()
            _NUMBERS[key] = found
    return found


def _adapts(value: Any) -> bool:
    """Whether the value has no dtype of its own, or none that a tensor has."""
    if isinstance(value, np.ndarray):
        return value.dtype == object
    return isinstance(value, (bool, int, float, complex, str, bytes, list, tuple, TensorShape))


class BoundKernel(Kernel):
    """An op with its static arguments fixed."""

    __slots__ = ("pack",)

    def __init__(self, definition: Op, values: tuple[Any, ...], structure: Any) -> None:
        self.pack: Callable[[tuple[Tensor, ...]], Any] | None = None
        template: list[Any] = [None] * definition.total
        for (i, _), value in zip(definition.statics, values):
            template[i] = value
        assemble = _assembler(definition, template, structure)
        body = definition.body

        def fn(*flat: Any) -> tuple[Any, ...]:
            result = body(*assemble(flat))
            if isinstance(result, (tuple, list)):
                self.pack = _packer(result)
                return tuple(result)
            return (result,)

        host = definition.host and not any(sizes.holds_symbolic(v) for v in values)
        super().__init__(definition.raw, fn, host, definition.device, definition.differentiable)
        if (check := definition.check) is not None:
            self.check = lambda flat: check(*assemble([np.asarray(v) for v in flat]))
        self.any_size = definition.any_size if host else False
        self.elementwise = definition.elementwise
        if definition.produces and host:
            self.work = math.prod(template[definition.index["shape"]])


class RowsKernel(BoundKernel):
    """A lookup of rows of a table."""

    __slots__ = ()
    rows = True


def _packer(result: Any) -> Callable[[tuple[Tensor, ...]], Any]:
    kind = type(result)
    if hasattr(kind, "_fields"):
        return lambda outputs: kind(*outputs)
    return kind


def _assembler(definition: Op, template: list[Any], structure: Any) -> Callable[..., list[Any]]:
    """A function from flat arrays to the full argument list of the body."""
    indices = definition.indices
    if structure is None:
        if indices == list(range(len(indices))):
            tail = template[len(indices) :]
            return lambda flat: [*flat, *tail]

        def scatter(flat: tuple[Any, ...]) -> list[Any]:
            full = list(template)
            for i, value in zip(indices, flat):
                full[i] = value
            return full

        return scatter

    def scatter_lists(flat: tuple[Any, ...]) -> list[Any]:
        full = list(template)
        values = iter(flat)
        for i, count in zip(indices, structure):
            if count is None:
                full[i] = None
            elif count == -1:
                full[i] = next(values)
            else:
                full[i] = [next(values) for _ in range(count)]
        return full

    return scatter_lists


def _mark(hint: Any) -> TensorArg | StaticArg | None:
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, (TensorArg, StaticArg)):
            return mark
    return None

