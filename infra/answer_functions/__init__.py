"""Answering functions of single bots, on the road of Serverless Devs."""
