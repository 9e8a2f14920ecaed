"""Background threads of pipelines: reading ahead, and maps with several calls at a time."""

from __future__ import annotations

import itertools
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Elements travel between threads in groups of at most this many seconds: a hand-over costs some 20 us.
_GROUP_SECONDS = 0.002
# Calls shorter than this are not worth a hand-over to another thread.
_WORTH_A_THREAD = 1e-4
_TRIALS = 4


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


_END = object()


def read_ahead(source: Iterator[Any], size: int) -> Iterator[Any]:
    """The elements of `source`, of which a thread holds up to `size` ready."""
    groups: queue.SimpleQueue[Any] = queue.SimpleQueue()
    room = threading.Semaphore(size)
    stopped = threading.Event()

    def work() -> None:
        group: list[Any] = []
        since = time.perf_counter()
        try:
            while True:
                if not room.acquire(blocking=False):
                    if group:
                        groups.put(group)
                        group = []
                    room.acquire()
                if stopped.is_set():
                    return
                element = next(source, _END)
                if element is _END:
                    break
                group.append(element)
                now = time.perf_counter()
                if now - since > _GROUP_SECONDS or len(group) * 2 > size:
                    groups.put(group)
                    group, since = [], now
        except BaseException as error:
            group.append(_Failure(error))
        groups.put([*group, _END])

    return _consume(work, groups, room, stopped)


def _consume(work: Callable[[], None], groups: Any, room: Any, stopped: Any) -> Iterator[Any]:
    thread = threading.Thread(target=work, daemon=True, name="tfjax-prefetch")
    thread.start()
    try:
        while True:
            for element in groups.get():
                if element is _END:
                    return
                if type(element) is _Failure:
                    raise element.error
                room.release()
                yield element
    finally:
        stopped.set()
        room.release()


def parallel_map(function: Callable[[Any], Any], source: Iterator[Any], workers: int, ordered: bool = True) -> Iterator[Any]:
    """`function` of each element, up to `workers` calls at a time.

    The first calls are timed: functions that take less than a hand-over between threads run here.
    """
    spent = 0.0
    for element in itertools.islice(source, _TRIALS):
        start = time.perf_counter()
        result = function(element)
        spent += time.perf_counter() - start
        yield result
    if spent < _TRIALS * _WORTH_A_THREAD or workers == 1:
        yield from map(function, source)
        return
    with ThreadPoolExecutor(workers, "tfjax-map") as pool:
        pending: deque[Any] = deque()
        try:
            for element in source:
                pending.append(pool.submit(function, element))
                if len(pending) > workers:
                    yield _take(pending, ordered)
            while pending:
                yield _take(pending, ordered)
        finally:
            for future in pending:
                future.cancel()


def _take(pending: deque[Any], ordered: bool) -> Any:
    if not ordered:
        for i, future in enumerate(pending):
            if future.done():
                del pending[i]
                return future.result()
    return pending.popleft().result()


def worker_count(parallel_calls: int) -> int:
    """The number of threads for `num_parallel_calls`; AUTOTUNE (-1) means one per CPU."""
    return (os.cpu_count() or 1) if parallel_calls < 0 else parallel_calls
