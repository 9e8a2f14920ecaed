"""tf.train.Coordinator: threads that stop together."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tfjax._src.core import errors
from tfjax._src.core.export import export


@export("train.Coordinator")
class Coordinator:
    """Lets threads tell each other to stop, and waits for them.

    Args:
      clean_stop_exception_types: exceptions that ask for a stop without being reported; by
        default `tf.errors.OutOfRangeError`.

    >>> import tfjax as tf
    >>> coordinator = tf.train.Coordinator()
    >>> coordinator.request_stop()
    >>> coordinator.should_stop()
    True
    """

    def __init__(self, clean_stop_exception_types: Any = None) -> None:
        clean = (errors.OutOfRangeError,) if clean_stop_exception_types is None else clean_stop_exception_types
        self._clean = tuple(clean)
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._error: BaseException | None = None
        self._joined = False
        self._threads: set[threading.Thread] = set()

    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop.

        Args:
          ex: an exception, or what `sys.exc_info()` gives, that `join` raises.
        """
        error = ex[1] if isinstance(ex, tuple) else ex
        with self._lock:
            if self._joined:
                if error is not None:
                    raise error
                return
            if not self._stop.is_set():
                self._error = None if isinstance(error, self._clean) else error
                self._stop.set()

    def clear_stop(self) -> None:
        """Forgets that a stop was asked for."""
        with self._lock:
            self._joined, self._error = False, None
            self._stop.clear()

    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """A context from which an exception goes to `request_stop`."""
        try:
            yield
        except BaseException as error:
            self.request_stop(error)

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until a stop is asked for, at most `timeout` seconds; whether it is."""
        return self._stop.wait(timeout)

    def register_thread(self, thread: Any) -> None:
        """Adds a thread that `join` waits for."""
        with self._lock:
            self._threads.add(thread)

    def join(
        self, threads: Sequence[Any] | None = None, stop_grace_period_secs: float = 120, ignore_live_threads: bool = False
    ) -> None:
        """Waits until all threads have ended.

        Args:
          threads: beside those registered.
          stop_grace_period_secs: how long they may run on after a stop was asked for.
          ignore_live_threads: whether those that still run are left alone then.

        Raises:
          RuntimeError: threads are alive after the grace period.
        """
        with self._lock:
            waited = [*self._threads, *[t for t in threads or () if t not in self._threads]]
        while any(t.is_alive() for t in waited) and not self.wait_for_stop(0.05):
            pass
        end = time.monotonic() + stop_grace_period_secs
        while any(t.is_alive() for t in waited) and time.monotonic() < end:
            time.sleep(0.01)
        alive = [t.name for t in waited if t.is_alive()]
        with self._lock:
            self._joined = True
            self._threads = set()
        self.raise_requested_exception()
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(alive)}")

    @property
    def joined(self) -> bool:
        """Whether `join` has ended."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raises the exception that `request_stop` was given, if any."""
        if self._error is not None:
            raise self._error
