"""The Ray runtime. Nothing imports ray before a runtime is started; the client of one never does."""
