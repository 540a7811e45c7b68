"""What a model answers: its outputs become an answer here and nowhere else."""
