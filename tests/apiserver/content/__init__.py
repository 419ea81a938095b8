"""What a homelab has, some of it sick, and what must be found about it."""
