"""Questions over whole accounts, answered by the one decision procedure."""
