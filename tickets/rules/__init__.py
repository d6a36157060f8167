"""The rules of tickets as pure functions of (profile, facts, now).

The services ask them and the acceptance runner asks them: there is no second implementation. One module per subject;
each rule reads its parameters from the profile and names the clause it rests on.

`returns`, `extensions`: requests of units · `intake`: screening · `routing`: levels, several units, unclear duty ·
`supervision`: ladders and counters · `metrics`, `periods`: assessment and reports · `telling`: pushes ·
`access`: views and publication · `archive`: retention · `hotlines`: merged numbers.
"""
