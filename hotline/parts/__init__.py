"""Local server processes that `hotline` starts and stops itself: Valkey, Mosquitto, PostgreSQL (for tests)."""
