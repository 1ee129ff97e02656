"""A question, its answer, and what belongs to them: one row per question, message of ours, or opinion."""
