"""Which tests run where: those that need an accelerator or the network say so by a marker."""

from __future__ import annotations

import gc
import logging

import pytest

# Programs that run in processes of their own.
collect_ignore_glob = ["*/*_program.py", "libraries/probability_cases.py"]


@pytest.fixture(scope="module", autouse=True)
def _frozen_heap():
    """Takes what a module has left (programs, both libraries) out of the garbage collector's way.

    Keras' clear_session collects garbage, which takes seconds on the heap of thousands of tests.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _tensorflow_logger(request):
    """Tests that read the log find both libraries' logger as it is in the beginning."""
    if "caplog" not in request.fixturenames:
        yield
        return
    logger = logging.getLogger("tensorflow")
    before = logger.level, logger.propagate, logger.disabled
    logger.setLevel(logging.NOTSET)
    logger.propagate, logger.disabled = True, False
    yield
    logger.setLevel(before[0])
    logger.propagate, logger.disabled = before[1:]


def pytest_addoption(parser):
    parser.addoption("--network", action="store_true", help="run the tests that download")


def pytest_collection_modifyitems(config, items):
    wanted = [item for item in items if item.get_closest_marker("gpu")]
    if wanted and not _accelerator():
        for item in wanted:
            item.add_marker(pytest.mark.skip(reason="JAX sees no accelerator here"))
    if not config.getoption("--network"):
        for item in items:
            if item.get_closest_marker("network"):
                item.add_marker(pytest.mark.skip(reason="downloads: run with --network"))


def _accelerator() -> bool:
    import jax

    return jax.default_backend() != "cpu"
