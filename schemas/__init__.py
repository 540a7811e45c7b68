"""What the data is: feature and task types, sources, the curated <dataset>.pbtxt schemas, the model card."""
