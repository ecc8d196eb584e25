"""The application: what a session does with speech, notes and commands.

Imports inference; never sockets, tables or settings. It reaches those through ``agent.ports``.
"""
