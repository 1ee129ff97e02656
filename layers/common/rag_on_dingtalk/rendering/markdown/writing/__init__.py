"""Blocks → text, in parts that fit."""
