"""What is known without asking a backend: skills, answers written by people, answers given again, gaps."""
