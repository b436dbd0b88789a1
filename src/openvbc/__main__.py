"""`python -m openvbc` is `vbc`."""

from openvbc.cli import main

main()
