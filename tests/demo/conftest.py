from datetime import date

import pytest

from marketing_ops.demo.district import District, generate

AS_OF = date(2026, 3, 1)


@pytest.fixture(scope="package")
def district() -> District:
    """The demo district up to AS_OF, made once."""
    return generate(as_of=AS_OF)
