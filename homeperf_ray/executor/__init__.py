"""The plan, the runners and the parallel executor that drives them."""
