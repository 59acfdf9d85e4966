"""What Python's ipaddress (IANA's special-purpose registries) says of addresses: expected.json.

python3 make.py > expected.json, then npx biome format --write on it.
"""

import ipaddress
import json
import random

RANGES = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "::/128 ::1/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 "
    "3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8"
).split()
draw = random.Random(1)
addresses = set()
for text in RANGES:
    network = ipaddress.ip_network(text)
    first, last = int(network[0]), int(network[-1])
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    top = 2**32 - 1 if network.version == 4 else 2**128 - 1
    for value in (first - 1, first, first + 1, (first + last) // 2, last, last + 1):
        if 0 <= value <= top:
            addresses.add(kind(value))
for _ in range(100):
    addresses.add(ipaddress.IPv4Address(draw.getrandbits(32)))
    addresses.add(ipaddress.IPv6Address(2**125 | draw.getrandbits(125)))


def is_inside(address):
    return not address.is_global or address.is_multicast or address.is_reserved


rows = [[str(a), "inside" if is_inside(a) else "public"] for a in sorted(addresses, key=lambda a: (a.version, int(a)))]
print(json.dumps({"python": __import__("platform").python_version(), "addresses": rows}, indent=1))
