"""What is wrong with a model, and why: functions on arrays and tables."""
