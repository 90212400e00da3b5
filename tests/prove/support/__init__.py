"""What the proofs share: the application as a process, a broker, and what is left on disk."""
