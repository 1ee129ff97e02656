"""What async_answer does with a question: claim → command or ask → stream → close. One file per stage."""
