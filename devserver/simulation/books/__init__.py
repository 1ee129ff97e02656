"""The books of one schedule: what is a breach, and what excuses one."""
