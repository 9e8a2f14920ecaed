"""What does a residual network's training step cost in float32 and in mixed_bfloat16, beside hand-written JAX?

    CUDA_VISIBLE_DEVICES=0 BENCHMARK_SIZE=full python benchmarks/precision.py [runs]

trains a ResNet-50 on 224x224 images in batches of 64, which wants a GPU. Without BENCHMARK_SIZE=full a network
of 2 blocks on 32x32 images shows that it runs. `resnet.py` is the Keras program, `resnet_jax.py` the other.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import JAX, TFJAX, main

main({TFJAX: "resnet.py", JAX: "resnet_jax.py"}, default_runs=1)
