"""What the server answers: one router for each subject."""
