"""The plugins of our own that all tests may use."""

pytest_plugins = ["tests.browser"]
