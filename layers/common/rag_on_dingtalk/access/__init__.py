"""Who may ask what, and how much: a pure policy, the facts about people, rights that end, limits."""
