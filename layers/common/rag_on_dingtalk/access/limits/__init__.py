"""How much may be asked: windows and meters (pure), counted questions, places for answers."""
