"""Questions under random faults, and then the books: did everybody get exactly one answer?

`python -m devserver.chaos` runs the local system. One seed decides who asks what and when, and which
faults may strike how often; the machine's own timing is not part of it, so a replay repeats the decisions,
not every interleaving.
"""
