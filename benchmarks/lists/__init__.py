"""Do List calls cost the same however much is held?"""
