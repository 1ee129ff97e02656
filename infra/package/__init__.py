"""`python -m infra.package`: the zips that Function Compute is given, and a manifest of what is in them.

The same input gives the same bytes: neither the time nor the folder nor a directory's order gets into a zip.
"""
