"""Files that belong to events of the ledger: photos, letters, recordings of one's own."""
