"""Serving: the gateway, the model server, their clients and the load test."""
