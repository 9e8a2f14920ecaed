"""`tfjax.install()`: which names resolve to tfjax, here and in child processes."""

from __future__ import annotations

import pytest

from compat_tests.cli.test_main import run, write

SAME_OBJECTS = """\
    import importlib.metadata
    import importlib.util
    import sys

    assert importlib.util.find_spec("tensorflow") is not None
    assert importlib.util.find_spec("tensorflow.keras") is not None

    import tensorflow as tf
    import keras
    import tensorflow.keras as tf_dot_keras
    import tensorflow.compat.v2 as v2
    import tensorflow.compat.v2.keras as v2_keras
    import tf_keras
    import tensorflow.python.keras as python_keras
    from tensorflow import keras as from_keras, version
    from tensorflow.python.framework import dtypes
    from tensorflow.compat import v2 as from_v2
    import tfjax

    assert tf is v2 is from_v2 is tfjax is sys.modules["tensorflow"]
    assert keras is tf_dot_keras is v2_keras is from_keras is tf_keras is tfjax.keras
    assert python_keras is keras and dtypes.float32 is tf.float32
    assert version is tf.version
    assert tf.__spec__.name == "tfjax" and keras.__spec__.name == "tfjax.keras"
    assert tf.__file__.endswith("__init__.py") and list(tf.__path__)
    assert importlib.util.find_spec("tensorflow") is not None
    assert tf.__version__ == importlib.metadata.version("tensorflow") == "2.21.0"
    assert keras.__version__ == importlib.metadata.version("keras")
    importlib.metadata.version("numpy")

    for attempt in ("tf.absent", "import tensorflow.absent", "from keras import absent",
                    "from tensorflow.keras.absent import x", "import keras.absent.x"):
        try:
            exec(attempt)
        except (AttributeError, ImportError) as error:
            assert "tfjax" in str(error) and "docs/coverage.md" in str(error), error
        else:
            raise AssertionError(attempt)
    assert not hasattr(tf, "absent")
    tfjax.install()
    print("fine")
"""


def test_every_name_gives_the_same_module(tmp_path):
    done = run(write(tmp_path / "script.py", SAME_OBJECTS), cwd=tmp_path)
    assert done.stdout == "fine\n", done.stderr


def test_install_from_code(tmp_path):
    script = write(tmp_path / "script.py", SAME_OBJECTS)
    script.write_text("import tfjax\ntfjax.install()\n" + script.read_text())
    done = run(script, cwd=tmp_path, runner=())
    assert done.stdout == "fine\n", done.stderr


def test_refuses_when_the_real_one_is_there(tmp_path):
    write(tmp_path / "tensorflow.py", "")
    script = """\
        import tensorflow
        import tfjax
        tfjax.install()
    """
    done = run(write(tmp_path / "script.py", script), cwd=tmp_path, runner=())
    assert done.returncode == 1
    assert "ImportError: tfjax.install() came too late: 'tensorflow' is already" in done.stderr


CHILDREN = """\
    import concurrent.futures
    import multiprocessing
    import sys

    import tensorflow as tf

    METHOD = sys.argv[1]

    class Payload:
        version = tf.__tfjax_version__

    def work(queue, payload):
        import keras
        queue.put((tf.__name__, keras.__name__, payload.version == tf.__tfjax_version__))

    def short(n):
        return tf.__name__, n * n

    if __name__ == "__main__":
        context = multiprocessing.get_context(METHOD)
        queue = context.Queue()
        process = context.Process(target=work, args=(queue, Payload()))
        process.start()
        print(queue.get(timeout=120))
        process.join()
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
            print(list(pool.map(short, [2, 3])))
        print(process.exitcode)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("how", ["script", "module"])
def test_children_find_tfjax(tmp_path, method, how):
    script = write(tmp_path / "program.py", CHILDREN)
    target = [script] if how == "script" else ["-m", "program"]
    done = run(*target, method, cwd=tmp_path)
    assert done.stdout == ("('tfjax', 'tfjax.keras', True)\n[('tfjax', 4), ('tfjax', 9)]\n0\n"), (
        done.stderr
    )
