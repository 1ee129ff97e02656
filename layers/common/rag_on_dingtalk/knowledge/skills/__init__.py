"""Skills: questions that are answered by a template, a call of the company's API, or a short dialogue."""
