"""The recognizer as others call it: in this process or in workers, with a bounded queue."""
