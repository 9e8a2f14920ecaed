"""The best of one rate where another reaches a value: precision at a recall, and the like."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.metrics.base import FAMILY
from tfjax._src.keras.metrics.confusion import _Confusion
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.math.arithmetic import divide_no_nan
from tfjax._src.ops.math.reductions import reduce_max


class _TradeOff(_Confusion):
    """The largest `_gained` over the thresholds at which `_kept` is at least `value`."""

    argument = ""

    def __init__(self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"Argument `{self.argument}` must be in the range [0, 1]. Received: {self.argument}={value}")
        if num_thresholds <= 0:
            raise ValueError(f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}")
        inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        super().__init__([0.5] if num_thresholds == 1 else [0.0, *inner, 1.0], name, dtype, class_id)
        self.value, self.num_thresholds = value, num_thresholds

    def _rates(self) -> tuple[Any, Any]:
        """(the rate that must reach the value, the rate to maximise), for each threshold."""
        raise NotImplementedError

    def result(self) -> Any:
        kept, gained = self._rates()
        return reduce_max(where(kept >= self.value, gained, gained * 0.0))

    def _sensitivity(self) -> Any:
        return divide_no_nan(self.true_positives, self.true_positives + self.false_negatives)

    def _specificity(self) -> Any:
        return divide_no_nan(self.true_negatives, self.true_negatives + self.false_positives)

    def _precision(self) -> Any:
        return divide_no_nan(self.true_positives, self.true_positives + self.false_positives)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, self.argument: self.value, "num_thresholds": self.num_thresholds, "class_id": self.class_id}


@FAMILY.register()
@export("keras.metrics.SensitivityAtSpecificity")
class SensitivityAtSpecificity(_TradeOff):
    """The best sensitivity at which the specificity is at least a value."""

    argument = "specificity"

    def __init__(self, specificity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._specificity(), self._sensitivity()


@FAMILY.register()
@export("keras.metrics.SpecificityAtSensitivity")
class SpecificityAtSensitivity(_TradeOff):
    """The best specificity at which the sensitivity is at least a value."""

    argument = "sensitivity"

    def __init__(self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._sensitivity(), self._specificity()


@FAMILY.register()
@export("keras.metrics.PrecisionAtRecall")
class PrecisionAtRecall(_TradeOff):
    """The best precision at which the recall is at least a value."""

    argument = "recall"

    def __init__(self, recall: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._sensitivity(), self._precision()


@FAMILY.register()
@export("keras.metrics.RecallAtPrecision")
class RecallAtPrecision(_TradeOff):
    """The best recall at which the precision is at least a value."""

    argument = "precision"

    def __init__(self, precision: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def _rates(self) -> tuple[Any, Any]:
        return self._precision(), self._sensitivity()
