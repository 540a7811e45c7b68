"""Jobs: what trains, each a child process that outlives the server."""
