"""`python -m infra.settings`: the tables of settings in docs/ and the READMEs, made from the code."""
