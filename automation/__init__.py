"""Work that is done behind the conversation: a broker, its worker and the jobs.

Imports agent and inference; reaches the rest of the program through what it is given.
"""
