"""Dataset.from_generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, errors, nest
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.data.dataset import Dataset
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor

# What TensorFlow makes of the exceptions of a Python function.
_ERRORS: list[tuple[type[Exception], type[errors.OpError]]] = [
    (TypeError, errors.InvalidArgumentError),
    (ValueError, errors.InvalidArgumentError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
]


def generator_dataset(generator: Any, output_types: Any, output_shapes: Any, args: Any, signature: Any) -> Dataset:
    """The dataset of `from_generator`'s arguments."""
    if not callable(generator):
        raise TypeError("`generator` must be a Python callable.")
    if signature is not None:
        if output_types is not None:
            raise TypeError("The `output_types` argument can not be used together with the `output_signature` argument.")
        if output_shapes is not None:
            raise TypeError("The `output_shapes` argument can not be used together with the `output_signature` argument.")
        for spec in nest.flatten(signature):
            if not isinstance(spec, TypeSpec):
                raise TypeError(f"`output_signature` must contain objects that are subclass of `tf.TypeSpec` but found {type(spec)} which is not.")
    elif output_types is None:
        raise TypeError("To specify the output signature you need to provide either the `output_signature` argument or the `output_types` argument.")
    else:
        signature = _signature(output_types, output_shapes)
    values = [to_tensor(a).numpy() for a in args or ()]
    return GeneratorDataset(lambda: iter(generator(*values)), signature)


class GeneratorDataset(Dataset):
    """What a Python generator yields."""

    def __init__(self, make: Callable[[], Iterator[Any]], spec: Any) -> None:
        self.make, self.signature = make, spec

    def _name(self) -> str:
        return "FlatMapDataset"

    def _elements(self) -> Iterator[Any]:
        # The user's function runs with the first element, as in TensorFlow.
        iterator: Iterator[Any] | None = None
        while True:
            try:
                if iterator is None:
                    iterator = self.make()
                value = next(iterator)
            except StopIteration:
                return
            except Exception as error:
                raise _translated(error) from error
            yield _conform(self.signature, value)

    def _spec(self) -> Any:
        return self.signature


def _translated(error: Exception) -> Exception:
    if isinstance(error, errors.OpError):
        return error
    kind = next((k for base, k in _ERRORS if isinstance(error, base)), errors.UnknownError)
    return kind(None, None, f"{type(error).__name__}: {error} [Op:IteratorGetNext]")


def _signature(types: Any, shapes: Any) -> Any:
    if shapes is None:
        return nest.map_structure(lambda t: TensorSpec(None, t), _tuples(types))
    if isinstance(types, dict):
        return {k: _signature(types[k], shapes[k]) for k in types}
    if isinstance(types, (tuple, list)):
        return tuple(_signature(t, s) for t, s in zip(types, shapes))
    return TensorSpec(TensorShape(shapes), types)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _tuples(v) for k, v in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, (list, tuple)) and not hasattr(value, "_fields") else value


def _bad(text: str) -> Exception:
    return errors.InvalidArgumentError(None, None, f"TypeError: {text} [Op:IteratorGetNext]")


def _conform(spec: Any, value: Any) -> Any:
    """A yielded value as tensors of the signature. Raises where it does not fit."""
    if isinstance(spec, TensorSpec):
        return _tensor(spec, value)
    if isinstance(spec, TypeSpec):
        if not spec.is_compatible_with(value):
            raise _bad(f"`generator` yielded an element of {value!r} where an element of {spec!r} was expected.")
        return value
    if isinstance(spec, dict):
        if not isinstance(value, dict) or set(value) != set(spec):
            raise _mismatch(spec, value)
        return type(spec)({k: _conform(spec[k], value[k]) for k in spec})
    if not isinstance(value, (tuple, list)) or len(value) != len(spec):
        raise _mismatch(spec, value)
    parts = [_conform(s, v) for s, v in zip(spec, value)]
    return type(spec)(*parts) if hasattr(spec, "_fields") else tuple(parts)


def _mismatch(spec: Any, value: Any) -> Exception:
    structure = nest.map_structure(lambda s: s.dtype if isinstance(s, TensorSpec) else s, spec)
    return _bad(
        "`generator` yielded an element that did not match the expected structure. "
        f"The expected structure was {structure}, but the yielded element was {value}."
    )


def _tensor(spec: TensorSpec, value: Any) -> Tensor:
    if isinstance(value, Tensor) and value.dtype is spec.dtype:
        tensor = value
    else:
        try:
            known = isinstance(value, (np.ndarray, Tensor)) or spec.dtype is dtypes.string
            array = np.asarray(value) if not known or isinstance(value, Tensor) else value
            tensor = to_tensor(array, spec.dtype)
        except (TypeError, ValueError):
            raise _bad(
                "`generator` yielded an element that could not be converted to the expected type. "
                f"The expected type was {spec.dtype.name}, but the yielded element was {value}."
            ) from None
    if not spec.shape.is_compatible_with(tensor.shape):
        raise _bad(f"`generator` yielded an element of shape {tensor.shape} where an element of shape {spec.shape} was expected.")
    return tensor
