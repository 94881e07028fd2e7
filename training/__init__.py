"""Programs that train the models bundled with the product; not part of the installed package."""
