"""What brings sorted events to the kernel: tables on one machine, or one customer in a request."""
