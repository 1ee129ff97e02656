"""Requests from outside: the API of the account and the HTTP triggers."""
