"""Parts of the measurement of transfers."""
