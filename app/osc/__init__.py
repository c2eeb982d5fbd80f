"""Open Sound Control on this machine: datagrams on 127.0.0.1, and nothing from or to anywhere else."""
