"""From the raw source to examples, statistics, schema and anomalies."""
