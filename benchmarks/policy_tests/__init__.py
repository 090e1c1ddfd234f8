"""How long do a thousand policy tests take, and how soon does the command line answer?"""
