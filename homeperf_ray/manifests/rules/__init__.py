"""What schemas cannot say about one object."""
