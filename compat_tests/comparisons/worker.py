"""The child process: reads the numbers of comparisons, says before each what it runs, then how it ended."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import sys
import warnings
from dataclasses import asdict

from compat_tests.comparisons import plan
from compat_tests.comparisons.judge import body, judge
from compat_tests.harness import our_tf, outcomes

#: Sizes out of range must fail here, not fill the machine.
MEMORY = 12 << 30


def main() -> None:
    """Reads lines `[what, first]`: an op with its tiers, or a sample's seed and size, and where to begin."""
    # The protocol has a channel of its own: what the libraries print goes elsewhere.
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    faulthandler.disable()
    import numpy as np

    np.seterr(all="ignore")
    our_tf()
    for line in sys.stdin:
        what, first = json.loads(line)
        comparisons = list(plan.planned(*what)) if isinstance(what[0], str) else plan.sample(*what)
        for i in range(first, len(comparisons)):
            call, tier = comparisons[i]
            channel.write(json.dumps(["runs", i, str(call), tier, call.what]) + "\n")
            case = body(call)
            outcomes(case, "", tier, ours=False)
            channel.write(json.dumps(["judged", i]) + "\n")
            channel.write(json.dumps(["ended", i, asdict(judge(call, tier, case))]) + "\n")
        channel.write(json.dumps(["done"]) + "\n")


if __name__ == "__main__":
    main()
