"""Three nodes of etcd, Patroni and PostgreSQL on this machine: ``python -m ledger.cluster``.

For trying out, tests and benchmarks. The configuration is the one in ``deploy/patroni``, TLS and
passwords included; each node has a loopback address of its own where a site has a machine. Data,
keys and passwords are thrown away at the end. Needs the extra ``dev`` and Debian's packages.
"""

from ledger.cluster.local import QUICK, Cluster, Member, missing

__all__ = ["QUICK", "Cluster", "Member", "missing"]
