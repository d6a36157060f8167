"""Assessment of units: figures that explain themselves, monthly settlement, objections, ranking, yearly score."""
