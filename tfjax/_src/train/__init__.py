"""What training loops use: coordinators of threads, moving averages, XLA by its old names."""
