"""Campaigns that collect suggestions (建言献策、意见征集)."""
