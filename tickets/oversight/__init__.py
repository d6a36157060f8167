"""Outside oversight: anonymised samples, the three rates, enquiries that get a reply (FJ-27, JS-27, YC-30, YC-34.4)."""
