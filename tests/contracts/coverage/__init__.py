"""Which lines and which outcomes of conditions of the contracts the tests have seen."""
