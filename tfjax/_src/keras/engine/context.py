"""What nested layers inherit during a call."""

from __future__ import annotations

import threading
from typing import Any


class CallContext(threading.local):
    """The state of the calls and builds that are under way in this thread."""

    def __init__(self) -> None:
        self.training: Any = None
        self.depth = 0
        self.losses: list[Any] | None = None


call_context = CallContext()
