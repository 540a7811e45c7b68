"""`slipway loadtest`: requests on a fixed schedule, and how long their answers take."""
