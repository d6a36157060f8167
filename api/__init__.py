"""The HTTP interface: routes, sign-on and roles, live push. Stands on the rooms' services; decides nothing itself."""
