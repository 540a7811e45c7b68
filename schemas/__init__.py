"""What the data is: feature and task types, sources, settings, events, records, the curated schemas, the model card."""
