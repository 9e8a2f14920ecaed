"""tf.train.ExponentialMovingAverage: averages of Variables over the steps of training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.variable import Variable


@export("train.ExponentialMovingAverage")
class ExponentialMovingAverage:
    """Keeps averages: `average = decay * average + (1 - decay) * variable` at each `apply`.

    Args:
      decay: close to 1.
      num_updates: the step; then the decay is at most `(1 + num_updates) / (10 + num_updates)`.
      zero_debias: no effect on Variables, whose averages begin with their values.
      name: part of the averages' names.

    >>> import tfjax as tf
    >>> v, averages = tf.Variable(1.0), tf.train.ExponentialMovingAverage(0.5)
    >>> averages.apply([v])
    >>> _ = v.assign(2.0)
    >>> averages.apply([v])
    >>> averages.average(v).numpy()
    np.float32(1.5)
    """

    def __init__(
        self, decay: Any, num_updates: Any = None, zero_debias: bool = False, name: str = "ExponentialMovingAverage"
    ) -> None:
        self._decay, self._num_updates, self._name = decay, num_updates, name
        self._averages: dict[int, tuple[Any, Variable]] = {}

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    def apply(self, var_list: Iterable[Any] | None = None) -> None:
        """Updates the averages of Variables, made at the first time; of floating dtypes.

        Raises:
          TypeError: for tensors, and Variables of other dtypes.
        """
        for var in list(var_list or ()):
            if not hasattr(var, "_dense_var_to_tensor"):
                raise TypeError(
                    "tf.train.ExponentialMovingAverage does not support non-Variable tensors when eager execution is enabled."
                )
            if not var.dtype.is_floating:
                raise TypeError(f"The variables must be half, float, or double: {var.name}")
            if id(var) not in self._averages:
                average = Variable(var.read_value(), trainable=False, name=self.average_name(var))
                self._averages[id(var)] = (var, average)
            average = self._averages[id(var)][1]
            average.assign_sub((average.read_value() - var.read_value()) * self._rate(var.dtype))

    def _rate(self, dtype: Any) -> Any:
        decay = to_tensor(self._decay, dtype)
        if self._num_updates is not None:
            step = to_tensor(float(self._num_updates), dtype)
            limit = (1.0 + step) / (10.0 + step)
            decay = limit if bool(limit < decay) else decay
        return 1.0 - decay

    def average(self, var: Any) -> Any:
        """The Variable that holds the average of `var`; None if there is none."""
        return self._averages.get(id(var), (None, None))[1]

    def average_name(self, var: Any) -> str:
        """The name of that Variable."""
        return f"{var.name.partition(':')[0]}/{self._name}"

    def variables_to_restore(self, moving_avg_variables: Iterable[Any] | None = None) -> dict[str, Any]:
        """{name of the average: Variable} from which evaluation restores averages into Variables.

        Args:
          moving_avg_variables: those that have averages; by default the ones applied to.
        """
        chosen = moving_avg_variables
        if chosen is None:
            chosen = [var for var, _ in self._averages.values()]
        return {self.average_name(var): var for var in chosen}
