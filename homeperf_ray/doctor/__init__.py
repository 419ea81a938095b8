"""What is missing on this machine, in the configuration, or in the user's permissions."""
