"""Callbacks; the trainer needs the list that calls them."""

from tfjax._src.keras.callbacks.base import Callback as Callback
from tfjax._src.keras.callbacks.base import CallbackList as CallbackList
