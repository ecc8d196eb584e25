"""Tables, transactions and queries. Imports no other package of the project and knows no session logic."""
