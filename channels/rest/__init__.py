"""Plain HTTP resources, one file each."""
