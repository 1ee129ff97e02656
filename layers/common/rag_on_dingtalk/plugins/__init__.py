"""Classes of one's own, from packages outside of this one: found by name, checked, given what they need.

seams.py     what they can be, and what each needs      loading.py   the class behind a name, and its settings
named.py     those that bots.yaml names

A plug-in is a class with `API = 1`, a struct `Settings`, the methods of its seam and a constructor that
takes its settings. It is imported when the first bot that names it is built, and never searched for: looking
through everything that is installed takes longer than the rest of a cold start. Nothing else is imported
for it.
"""
