"""Runs the workloads under TensorFlow and tfjax and prints a table of medians and ratios."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import compare

print("| workload | TensorFlow, us | tfjax, us | tfjax is faster by |")
print("|---|---|---|---|")
here = os.path.dirname(os.path.abspath(__file__))
for name, (theirs, ours) in compare(os.path.join(here, "workloads.py"), runs=int(sys.argv[1]) if len(sys.argv) > 1 else 3).items():
    print(f"| {name} | {theirs:,.0f} | {ours:,.1f} | {theirs / ours:.1f}x |")
