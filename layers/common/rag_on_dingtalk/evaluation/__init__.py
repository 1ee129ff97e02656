"""Golden questions: what a route must answer, asked of its real backend.

EMPTY on purpose: the console reads questions and loads nothing that asks a backend.
"""
