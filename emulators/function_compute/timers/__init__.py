"""Timer triggers: when they fire, and firing them."""
