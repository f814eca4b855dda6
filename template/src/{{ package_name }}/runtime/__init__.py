"""What this interpreter and this machine allow: cores, subinterpreters, dependencies."""
