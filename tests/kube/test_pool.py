"""The HTTP client is loaded quickly, and trusts nobody by itself."""

import subprocess
import sys

PROGRAM = """
import ssl
before = ssl.create_default_context
from homeperf_ray.kube.pool import load_client
aiohttp = load_client()
assert ssl.create_default_context is before
context = aiohttp.connector._SSL_CONTEXT_VERIFIED
assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
print(context.get_ca_certs())
"""


def test_it_loads_no_authorities_of_the_system():
    assert subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout == "[]\n"
