"""Alembic migrations of every table; `migrations.upgrade.upgrade` brings a database up to date."""
