"""Metrics of true and false positives: precision, recall, AUC, …"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.losses.base import _align
from tfjax._src.keras.metrics.base import FAMILY, Metric
from tfjax._src.ops.array.shaping import cast, reshape
from tfjax._src.ops.math.arithmetic import divide_no_nan

_KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


@op("_internal.confusion_counts", raw="ConfusionCounts", differentiable=False)
def _counts(y_true: Float, y_pred: Float, weight: Float, thresholds: Float, name: Name = None):
    """[4, thresholds]: weights of true and false positives, true and false negatives."""
    xp = namespace(y_true, y_pred, weight, thresholds)
    positive = (y_pred[None, :] > thresholds[:, None]).astype(y_pred.dtype)
    label = (y_true != 0).astype(y_pred.dtype)[None, :]
    tp = (positive * label * weight).sum(-1)
    fp = (positive * (1 - label) * weight).sum(-1)
    fn = ((1 - positive) * label * weight).sum(-1)
    tn = ((1 - positive) * (1 - label) * weight).sum(-1)
    return xp.stack([tp, fp, tn, fn])


class _Confusion(Metric):
    """Keeps the four counts at some thresholds."""

    kinds: tuple[str, ...] = _KINDS

    def __init__(self, thresholds: Any, name: str | None, dtype: Any, class_id: int | None = None) -> None:
        super().__init__(dtype, name)
        self._given_thresholds = thresholds
        values = [0.5] if thresholds is None else thresholds if isinstance(thresholds, (list, tuple)) else [thresholds]
        if any(t is None or t < 0 or t > 1 for t in values) and not getattr(self, "_free", False):
            raise ValueError(f"Threshold values must be in [0, 1]. Received: {values}")
        self.thresholds = [float(t) for t in values]
        self.class_id = class_id
        for kind in self.kinds:
            setattr(self, kind, self.add_variable((len(values),), name=kind))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred, y_true = cast(to_tensor(y_pred), "float32"), cast(to_tensor(y_true), "float32")
        if self.class_id is not None:
            y_true, y_pred = y_true[..., self.class_id], y_pred[..., self.class_id]
        y_true, y_pred = _align(y_true, y_pred)
        weight: Any = Tensor(np.ones((1,), np.float32))
        if sample_weight is not None:
            weight, like = _align(cast(to_tensor(sample_weight), "float32"), y_pred)
            weight = reshape(weight + like * 0.0, [-1])
        thresholds = np.array(self.thresholds, np.float32)
        counts = _counts(reshape(y_true, [-1]), reshape(y_pred, [-1]), weight, thresholds)
        for kind in self.kinds:
            getattr(self, kind).assign_add(counts[_KINDS.index(kind)])

    def _shaped(self, value: Any) -> Any:
        return value[0] if len(self.thresholds) == 1 else value

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self._given_thresholds}


@FAMILY.register()
@export("keras.metrics.TruePositives")
class TruePositives(_Confusion):
    """How many positives were found."""

    kinds = ("true_positives",)

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(thresholds, name, dtype)

    def result(self) -> Any:
        return self._shaped(getattr(self, self.kinds[0]).read_value())


@FAMILY.register()
@export("keras.metrics.FalsePositives")
class FalsePositives(TruePositives):
    """How many negatives were taken for positives."""

    kinds = ("false_positives",)


@FAMILY.register()
@export("keras.metrics.TrueNegatives")
class TrueNegatives(TruePositives):
    """How many negatives were found."""

    kinds = ("true_negatives",)


@FAMILY.register()
@export("keras.metrics.FalseNegatives")
class FalseNegatives(TruePositives):
    """How many positives were missed."""

    kinds = ("false_negatives",)


@FAMILY.register()
@export("keras.metrics.Precision")
class Precision(_Confusion):
    """True positives among all found; `top_k` must be None."""

    kinds = ("true_positives", "false_positives")

    def __init__(self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        if top_k is not None:
            raise ValueError("`top_k` is not supported.")
        super().__init__(thresholds, name, dtype, class_id)

    def result(self) -> Any:
        return self._shaped(divide_no_nan(self.true_positives, self.true_positives + self.false_positives))


@FAMILY.register()
@export("keras.metrics.Recall")
class Recall(_Confusion):
    """True positives among all positives; `top_k` must be None."""

    kinds = ("true_positives", "false_negatives")

    def __init__(self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None, name: str | None = None, dtype: Any = None) -> None:
        if top_k is not None:
            raise ValueError("`top_k` is not supported.")
        super().__init__(thresholds, name, dtype, class_id)

    def result(self) -> Any:
        return self._shaped(divide_no_nan(self.true_positives, self.true_positives + self.false_negatives))


@FAMILY.register("auc")
@export("keras.metrics.AUC")
class AUC(_Confusion):
    """The area under the ROC or precision-recall curve, by the trapezoid rule.

    Args:
      num_thresholds: how many points the curve has.
      curve: "ROC" or "PR".
      summation_method: "interpolation" (PR as Davis & Goadrich 2006), "minoring" or "majoring".
      name, dtype: as for every metric.
      thresholds: the inner thresholds, instead of evenly spaced ones.
      from_logits: applies the sigmoid to predictions.
      multi_label, num_labels, label_weights: must keep their defaults.
    """

    _free = True

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation",
        name: str | None = None, dtype: Any = None, thresholds: Any = None, multi_label: bool = False,
        num_labels: int | None = None, label_weights: Any = None, from_logits: bool = False,
    ) -> None:
        if multi_label or num_labels is not None or label_weights is not None:
            raise ValueError("Multi-label AUC is not supported.")
        if curve not in ("ROC", "PR"):
            raise ValueError(f"Invalid `curve` argument value '{curve}'. Expected one of: ['ROC', 'PR']")
        inner = sorted(thresholds) if thresholds is not None else [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        super().__init__([-1e-7, *inner, 1 + 1e-7], name, dtype)
        self.num_thresholds, self.curve = len(self.thresholds), curve
        self.summation_method, self.from_logits = summation_method, from_logits

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if self.from_logits:
            from tfjax._src.ops.math.elementwise import sigmoid

            y_pred = sigmoid(y_pred)
        super().update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        return _area(self.true_positives, self.false_positives, self.true_negatives, self.false_negatives, self.curve, self.summation_method)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name, "dtype": self.dtype, "num_thresholds": self.num_thresholds, "curve": self.curve,
            "summation_method": self.summation_method, "from_logits": self.from_logits,
        }


@op("_internal.auc", raw="AUC", differentiable=False)
def _area(tp: Float, fp: Float, tn: Float, fn: Float, curve: str, method: str, name: Name = None):
    """The area under a curve given at falling thresholds' counts."""
    xp = namespace(tp, fp, tn, fn)

    def ratio(a, b):
        return xp.where(b == 0, xp.zeros_like(a), a / xp.where(b == 0, xp.ones_like(b), b))

    if curve == "PR" and method == "interpolation":
        dtp = tp[:-1] - tp[1:]
        p = tp + fp
        dp = p[:-1] - p[1:]
        slope = ratio(dtp, xp.maximum(dp, 0))
        intercept = tp[1:] - slope * p[1:]
        safe = xp.where((p[:-1] > 0) & (p[1:] > 0), ratio(p[:-1], xp.maximum(p[1:], 0)), xp.ones_like(p[1:]))
        increments = ratio(slope * (dtp + intercept * xp.log(safe)), xp.maximum(tp[1:] + fn[1:], 0))
        return increments.sum()
    recall = ratio(tp, tp + fn)
    if curve == "ROC":
        x, y = ratio(fp, fp + tn), recall
    else:
        x, y = recall, ratio(tp, tp + fp)
    if method == "interpolation":
        heights = (y[:-1] + y[1:]) / 2
    elif method == "minoring":
        heights = xp.minimum(y[:-1], y[1:])
    else:
        heights = xp.maximum(y[:-1], y[1:])
    return ((x[:-1] - x[1:]) * heights).sum()
