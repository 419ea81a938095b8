"""Objects as the server shows them: what `get` asks for, and how it is read."""
