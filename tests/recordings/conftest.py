"""The recording service of these tests."""

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.database import Database
from recordings.service import RecordingService
from tests.recordings.custody import RULE


@pytest.fixture
def service(database: Database, clock: ManualClock, tmp_path: Path) -> RecordingService:
    """Keeps files below the test's directory, for three years."""
    return RecordingService(database, clock, tmp_path / "recordings", RULE)
