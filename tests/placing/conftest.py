from tests.visits.conftest import clock, var  # noqa: F401 (fixtures)
