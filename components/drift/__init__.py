"""`slipway drift`: new rows, and a version's answers to them, against what the version was made and judged with."""

# First: it puts a module into tfx_bsl that TensorFlow Data Validation imports, and tfx_bsl no longer has.
import tfx  # noqa: F401
