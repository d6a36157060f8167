"""Supervision by a leader's instruction (批示督办): several tickets under one instruction."""
