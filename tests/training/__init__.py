"""The programs that train what the package carries."""
