"""Exports of lists as CSV or XLSX: asked for with a reason, approved by another, marked, made in the background."""
