"""Every call as a tree: kept in memory, shown without secrets, written to a file if asked for."""
