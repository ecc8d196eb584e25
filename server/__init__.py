"""The composition root: reads settings, builds the parts, and is the only package that knows them all."""
