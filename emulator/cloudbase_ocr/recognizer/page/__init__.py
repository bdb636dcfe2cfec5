"""One picture while it is read: upright, bounded, its lines once, its times."""
