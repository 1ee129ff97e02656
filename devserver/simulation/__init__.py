"""The real answering code in one process under a deterministic scheduler, and then the books.

`python -m devserver.simulation` runs small schedules of one to four questions, thousands of them a minute.
Time is virtual, every choice among callbacks that are ready comes from the seed, and Tablestore, DingTalk,
the backend and Function Compute's queue are objects in memory that fail as the services do. The same seed
gives the same trace, step by step.
"""
