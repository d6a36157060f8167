"""What must be done by when: work orders, lifecycle, working days, deadlines, regional profiles."""
