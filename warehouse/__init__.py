"""The results as tables: migrations, loads, views, and the copy that people read."""
