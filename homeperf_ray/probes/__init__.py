"""What must be measured by going there: DNS, TCP, TLS, HTTP."""
