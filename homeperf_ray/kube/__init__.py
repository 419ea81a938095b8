"""How the API server is read: auth, connection pool, requests, typed models, Arrow columns, paged LIST."""
