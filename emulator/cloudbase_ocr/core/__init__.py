"""What every room may use: errors, the clock, counters, the trace of a call, redaction, multipart, reach."""
