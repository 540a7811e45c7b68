"""Which model it is: versions, and the map that keeps them."""
