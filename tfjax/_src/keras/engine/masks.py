"""Masks: attributes of tensors that tell padding from data, handed from layer to layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.core import nest
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.engine.layer_support import has_tensor
from tfjax._src.keras.engine.symbolic import KerasTensor, output_spec


def mask_of(tensor: Any) -> Any:
    """The mask that a tensor carries, or None."""
    return getattr(tensor, "_keras_mask", None)


def pass_masks(layer: Any, args: Any, kwargs: dict[str, Any]) -> None:
    """Fills `mask`, or `<argument>_mask` of several tensor arguments, from the tensors' masks."""
    if not layer._takes_masks:
        return
    given = dict(zip(layer._call_names, args))
    given.update((k, v) for k, v in kwargs.items() if k in layer._call_names)
    tensors = {k: v for k, v in given.items() if not k.endswith("mask") and has_tensor(v)}
    for name, value in tensors.items():
        argument = "mask" if len(tensors) == 1 else f"{name}_mask"
        if layer._accepts(argument) and given.get(argument) is None:
            masks = nest.map_structure(mask_of, value)
            if any(m is not None for m in nest.flatten(masks)):
                kwargs[argument] = masks


def drop_masks(*tensors: Any) -> None:
    """Takes the masks off tensors, as attention layers of Keras do with their inputs."""
    for tensor in tensors:
        if mask_of(tensor) is not None:
            tensor._keras_mask = None


def first_masks(layer: Any, args: Any, kwargs: Any) -> tuple[Any, list[Any]] | None:
    """The first argument of a call and its masks; None where the outputs get none.

    Taken before the call, which may drop them.
    """
    if not layer.supports_masking:
        return None
    if args:
        first = args[0]
    else:
        first = next((kwargs[n] for n in layer._call_names if n in kwargs), None)
        if first is None:
            return None
    return first, [mask_of(t) for t in nest.flatten(first)]


def set_masks(layer: Any, first: tuple[Any, list[Any]], outputs: Any, inherits: bool) -> None:
    """Gives the outputs the masks that `compute_mask` says; `inherits` if it is Layer's own."""
    inputs, masks = first
    if inherits and all(m is None for m in masks):
        return
    previous = masks[0] if len(masks) == 1 else nest.pack_sequence_as(inputs, masks)
    result = layer.compute_mask(inputs, previous)
    for tensor, mask in zip(nest.flatten(outputs), nest.flatten(result)):
        if mask is not None and isinstance(tensor, Tensor):
            tensor._keras_mask = mask


def symbolic_call(call: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, list[Any]]:
    """(outputs, their masks) as KerasTensors, for arguments that contain KerasTensors."""
    leaves = [t for t in nest.flatten((args, kwargs)) if isinstance(t, KerasTensor)]

    def run(tensors: Any, masks: Any) -> Any:
        for tensor, mask in zip(tensors, masks):
            if mask is not None:
                tensor._keras_mask = mask
        values = iter(tensors)
        filled = nest.map_structure(
            lambda leaf: next(values) if isinstance(leaf, KerasTensor) else leaf, (args, kwargs)
        )
        outputs = call(*filled)
        return outputs, [mask_of(t) for t in nest.flatten(outputs)]

    return output_spec(run, (leaves, [mask_of(t) for t in leaves]), {})
