"""Forms on the screen: one widget for every kind, made from its declaration; the list of them; the change of limits."""
