"""The error tree of tf.errors.

OpError
├── CancelledError            ├── ResourceExhaustedError   ├── UnimplementedError
├── UnknownError              ├── FailedPreconditionError  ├── InternalError
├── InvalidArgumentError      ├── AbortedError             ├── UnavailableError
├── DeadlineExceededError     ├── OutOfRangeError          ├── DataLossError
├── NotFoundError             ├── PermissionDeniedError    └── UnauthenticatedError
└── AlreadyExistsError
"""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export

CODES = {
    "OK": 0, "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5, "ALREADY_EXISTS": 6, "PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9, "ABORTED": 10, "OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12,
    "INTERNAL": 13, "UNAVAILABLE": 14, "DATA_LOSS": 15, "UNAUTHENTICATED": 16,
}  # fmt: skip
OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED = 0, 1, 2, 3, 4
NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED = 5, 6, 7, 8
FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, UNIMPLEMENTED = 9, 10, 11, 12
INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED = 13, 14, 15, 16

EXPORTS = {
    "errors.OK": "OK",
    "errors.CANCELLED": "CANCELLED",
    "errors.UNKNOWN": "UNKNOWN",
    "errors.INVALID_ARGUMENT": "INVALID_ARGUMENT",
    "errors.DEADLINE_EXCEEDED": "DEADLINE_EXCEEDED",
    "errors.NOT_FOUND": "NOT_FOUND",
    "errors.ALREADY_EXISTS": "ALREADY_EXISTS",
    "errors.PERMISSION_DENIED": "PERMISSION_DENIED",
    "errors.RESOURCE_EXHAUSTED": "RESOURCE_EXHAUSTED",
    "errors.FAILED_PRECONDITION": "FAILED_PRECONDITION",
    "errors.ABORTED": "ABORTED",
    "errors.OUT_OF_RANGE": "OUT_OF_RANGE",
    "errors.UNIMPLEMENTED": "UNIMPLEMENTED",
    "errors.INTERNAL": "INTERNAL",
    "errors.UNAVAILABLE": "UNAVAILABLE",
    "errors.DATA_LOSS": "DATA_LOSS",
    "errors.UNAUTHENTICATED": "UNAUTHENTICATED",
}


@export("errors.OpError")
class OpError(Exception):
    """Base class of the errors that ops raise at run time.

    Args:
      node_def: kept as given; None here.
      op: the op that failed, or None.
      message: what went wrong.
      error_code: TensorFlow's number of the error.
    """

    code = UNKNOWN

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int | None = None, *args: Any) -> None:
        super().__init__()
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code if isinstance(error_code, int) else self.code

    @property
    def message(self) -> str:
        """What went wrong."""
        return self._message

    @property
    def op(self) -> Any:
        """The op that failed, where known."""
        return self._op

    @property
    def node_def(self) -> Any:
        """The node that failed, where known."""
        return self._node_def

    @property
    def error_code(self) -> int:
        """TensorFlow's number of the error."""
        return self._error_code

    @property
    def experimental_payloads(self) -> dict[str, bytes]:
        """Empty: no payloads travel with our errors."""
        return {}

    def __reduce__(self) -> Any:
        return type(self), (self._node_def, self._op, self._message)

    def __str__(self) -> str:
        return self._message


@export("errors.CancelledError")
class CancelledError(OpError):
    """An operation was cancelled."""

    code = CANCELLED


@export("errors.UnknownError")
class UnknownError(OpError):
    """An error of no other class."""

    code = UNKNOWN


@export("errors.InvalidArgumentError")
class InvalidArgumentError(OpError):
    """An op received an argument that it cannot take."""

    code = INVALID_ARGUMENT


@export("errors.DeadlineExceededError")
class DeadlineExceededError(OpError):
    """Time ran out before an operation completed."""

    code = DEADLINE_EXCEEDED


@export("errors.NotFoundError")
class NotFoundError(OpError):
    """A file, key or other entity does not exist."""

    code = NOT_FOUND


@export("errors.AlreadyExistsError")
class AlreadyExistsError(OpError):
    """An entity that should be made exists already."""

    code = ALREADY_EXISTS


@export("errors.PermissionDeniedError")
class PermissionDeniedError(OpError):
    """The caller may not do this."""

    code = PERMISSION_DENIED


@export("errors.ResourceExhaustedError")
class ResourceExhaustedError(OpError):
    """Memory, disk or a quota ran out."""

    code = RESOURCE_EXHAUSTED


@export("errors.FailedPreconditionError")
class FailedPreconditionError(OpError):
    """The state of the system does not allow the operation."""

    code = FAILED_PRECONDITION


@export("errors.AbortedError")
class AbortedError(OpError):
    """An operation was aborted, usually by a concurrent one."""

    code = ABORTED


@export("errors.OutOfRangeError")
class OutOfRangeError(OpError):
    """An iteration went past its valid range, such as the end of a dataset."""

    code = OUT_OF_RANGE


@export("errors.UnimplementedError")
class UnimplementedError(OpError):
    """What was asked for does not exist here."""

    code = UNIMPLEMENTED


@export("errors.InternalError")
class InternalError(OpError):
    """An invariant of the system was broken."""

    code = INTERNAL


@export("errors.UnavailableError")
class UnavailableError(OpError):
    """A service cannot be reached at the moment."""

    code = UNAVAILABLE


@export("errors.DataLossError")
class DataLossError(OpError):
    """Data is lost or corrupt, such as a truncated checkpoint."""

    code = DATA_LOSS


@export("errors.UnauthenticatedError")
class UnauthenticatedError(OpError):
    """The request carries no valid credentials."""

    code = UNAUTHENTICATED


def with_op(cls: type[OpError], message: str, op_name: str, suffix: str = " name: ") -> OpError:
    """An error whose text names the op as eager TensorFlow does."""
    text = (
        f"{{{{function_node __wrapped__{op_name}_device_"
        f"/job:localhost/replica:0/task:0/device:CPU:0}}}} {message} [Op:{op_name}]{suffix}"
    )
    return cls(None, None, text)
