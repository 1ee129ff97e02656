"""The programs inside the instances: built-in and custom runtimes, and their processes."""
