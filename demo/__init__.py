"""Demo meetings made by code; the tests take their media from here too."""
