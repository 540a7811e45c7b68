"""The same pipelines on Kubeflow Pipelines."""
