"""Asking a pushed model: the servers that answer, the form of a request, the question and the curl line of it."""
