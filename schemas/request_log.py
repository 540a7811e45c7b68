"""The gateway's sampled request log: JSON lines, which `slipway drift` and `slipway replay` read.

A line is one input of a request: ``time`` (ISO 8601, UTC), ``request_id``, ``key`` (the API key's name, null without keys),
``model``, ``version``, ``serving_version``, ``input`` (its value by raw column; null for a missing number; a picture as
``{"b64": base64 text}``) and ``output`` (the answer).
"""

REDACTED = "[redacted]"
"""In place of the value of a column that may not be written (``slipway gateway --redact``)."""
