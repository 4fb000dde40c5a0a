"""The processor backend."""
