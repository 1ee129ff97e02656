"""What is kept for the access rules: profiles, grants, and which refusals were told."""
