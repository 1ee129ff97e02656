"""`python -m infra.settings`: the tables of settings in docs/, made from the code."""
