"""What happens in a schedule, drawn from one seed: questions, faults and their moments."""
