"""A newcomer's way from a clone to "would now deploy", walked by `python -m devserver.newcomer`."""
