"""The whole system on one machine: real wire protocols, no account anywhere.

`python -m devserver` starts it; the tests use the same emulators as their fakes.
"""
