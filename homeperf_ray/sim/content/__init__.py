"""What the homelab holds: seeded objects, a file per part of a cluster."""
