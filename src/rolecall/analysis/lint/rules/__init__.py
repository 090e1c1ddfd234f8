"""Rules by topic: each looks at one document and says what it finds. The table of all of them is in `linting`."""
