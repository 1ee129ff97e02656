"""The cards of the AI template: those that answer, those that tell something, and where their clicks go."""
