"""The floor of these tests."""

import pytest

from tests.routing.desk import Desk


@pytest.fixture
def desk() -> Desk:
    """A floor in virtual time, without a plan."""
    return Desk()
