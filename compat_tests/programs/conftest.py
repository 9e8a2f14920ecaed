"""The programs of the corpus are run by tests, not imported to look for tests in them."""

collect_ignore_glob = ["corpus/*"]
