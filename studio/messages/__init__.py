"""What the page and the server say to each other, as pydantic models.

From these come the OpenAPI document and the page's types.
"""
