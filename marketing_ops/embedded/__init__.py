"""Starts and stops the embedded PostgreSQL and Valkey, and runs the demo on top of them.

Read in this order: `identity` (as whom a server runs), `processes` (one child that is kept alive),
`postgres` and `valkey` (the two servers), `keeper` (the process that owns them), `client` (how a
command shares them), `site` (web, worker and beat of `script/demo`). Why it is built like this:
docs/adr/0001-embedded-services.md.

Nothing here imports Django or any other part of the project.
"""
