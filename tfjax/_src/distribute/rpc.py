"""Calls between processes: gRPC for the wire, cloudpickle for functions and values.

Whoever can reach a server's port can run code in its process, as with TensorFlow's servers: keep the
ports inside a trusted network.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent import futures
from typing import Any

from tfjax._src.core.errors import UnavailableError

_SERVICE = "tfjax.Task"
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def _library() -> Any:
    try:
        import grpc
    except ImportError as error:
        raise ImportError(
            "Parameter servers need gRPC and cloudpickle: pip install 'tfjax[cluster]'"
        ) from error
    return grpc


class RemoteFailure(Exception):
    """An error that a remote call raised, with the remote traceback as its text."""

    def __init__(self, error: BaseException, text: str) -> None:
        super().__init__(text)
        self.error, self.text = error, text

    def __reduce__(self) -> Any:
        return RemoteFailure, (self.error, self.text)


def serve(address: str, handlers: dict[str, Callable[[bytes], bytes]]) -> tuple[Any, int]:
    """(server, port) answering calls of the handlers' names at an address; port 0 takes a free one."""
    grpc = _library()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=_OPTIONS)
    methods = {
        name: grpc.unary_unary_rpc_method_handler(lambda request, context, h=handler: h(request))
        for name, handler in handlers.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, methods),))
    host, _, port = address.rpartition(":")
    bound = server.add_insecure_port(f"{host or '0.0.0.0'}:{port}")
    if not bound:
        raise UnavailableError(None, None, f"Could not start gRPC server at {address}.")
    server.start()
    return server, bound


class Client:
    """A connection to a server.

    Args:
      address: `host:port`.
      what: the task's name, for errors.
    """

    def __init__(self, address: str, what: str) -> None:
        self.address, self.what = address, what
        self._channel = _library().insecure_channel(address, options=_OPTIONS)
        self._methods: dict[str, Any] = {}

    def wait(self, timeout: float) -> None:
        """Waits until the server answers. Raises UnavailableError, with its address, if it does not."""
        grpc = _library()
        try:
            grpc.channel_ready_future(self._channel).result(timeout=timeout)
        except grpc.FutureTimeoutError:
            raise UnavailableError(
                None,
                None,
                f"{self.what} at {self.address} did not answer within {timeout:g} seconds. Is its tf.distribute.Server running?",
            ) from None

    def call(self, method: str, request: bytes) -> bytes:
        """The answer's bytes. Raises UnavailableError when the server is gone."""
        grpc = _library()
        found = self._methods.get(method)
        if found is None:
            found = self._methods[method] = self._channel.unary_unary(f"/{_SERVICE}/{method}")
        try:
            return found(request)
        except grpc.RpcError as error:
            raise UnavailableError(
                None, None, f"{self.what} at {self.address} is gone: {error.details()}"
            ) from error

    def ask(self, method: str, *values: Any) -> Any:
        """`call` with plain values, which pickle takes."""
        return answer_of(self.call(method, pickle.dumps(values, protocol=5)))


def answer_of(data: bytes) -> Any:
    """The value in an answer; raises what the remote side raised."""
    value = pickle.loads(data)
    if isinstance(value, RemoteFailure):
        raise value
    return value
