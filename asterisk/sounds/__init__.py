"""The announcements that callers and agents hear: one A-law file each, listed with its text in `zh/prompts.tsv`.

A-law at 8 kHz is what telephone networks in China carry (ITU-T G.711), so the switch sends it as it is.
"""
